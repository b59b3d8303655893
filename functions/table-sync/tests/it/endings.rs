//! Comparisons that end in the middle, and those that are asked for at once.

use std::time::Duration;

use table_sync::{DiffRequest, PlanState, Progress, SyncError};

use crate::databases::OneServer;
use crate::desk::{ALL, Desk};

/// A column whose values can't be read: asking for their text fails.
pub(crate) const BROKEN: &str = "CREATE TYPE broken AS (a int);
    CREATE FUNCTION fail(broken) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'can not be read'; END $$;
    CREATE CAST (broken AS text) WITH FUNCTION fail(broken);
    CREATE TABLE b (id int PRIMARY KEY, x broken); INSERT INTO b VALUES (1, ROW(1));";

#[tokio::test]
async fn a_table_that_fails_ends_the_comparison_also_while_another_waits_for_its_sessions() {
    let mut desk = Desk::of(OneServer::start(), BROKEN)
        .set("TABLES", "public.a, public.b")
        .set("PARALLEL", "1");
    desk.both("CREATE TABLE a (id int PRIMARY KEY)");
    // More than are fetched with the first look: writing them needs the sessions once more.
    desk.source("INSERT INTO a SELECT generate_series(1, 500)");
    let ended = tokio::time::timeout(Duration::from_mins(2), desk.try_diff()).await;
    let error = ended.expect("it waits for ever").unwrap_err();
    assert!(matches!(error, SyncError::Database(_)), "{error:?}");
    let sync = desk.sync().await;
    assert!(sync.plans().await.unwrap().is_empty());
}

#[tokio::test]
async fn one_trigger_with_other_settings_is_another_plan() {
    let mut desk = Desk::of(
        OneServer::start(),
        "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY)",
    );
    desk.source("INSERT INTO b VALUES (1)");
    let request = DiffRequest::new(desk.trigger());
    let progress = Progress::default();
    let mut plans = Vec::new();
    for table in ["public.a", "public.b"] {
        desk = desk.set("TABLES", table);
        let sync = desk.sync().await;
        plans.push(sync.diff(&request, "hana", &progress).await.unwrap());
        // A redelivery is answered with the plan that is there.
        let again = sync.diff(&request, "hana", &progress).await.unwrap();
        assert_eq!(again.plan.id, plans.last().unwrap().plan.id);
    }
    assert_ne!(plans[0].plan.id, plans[1].plan.id);
    assert_eq!(plans[1].classes().total(), 1);
}

#[tokio::test]
async fn rows_that_are_written_without_a_record_are_told_so_and_recorded_by_the_next_attempt() {
    let mut desk = Desk::of(OneServer::start(), "CREATE TABLE a (id int PRIMARY KEY)");
    desk.source("INSERT INTO a VALUES (1)");
    let summary = desk.diff().await;
    let folder = desk.folder.path().join(&summary.plan.id);
    // A folder stands where the record should.
    let in_the_way = folder.join("result.json");
    std::fs::create_dir(&in_the_way).unwrap();
    let error = desk.apply(&summary, &ALL).await.unwrap_err();
    assert!(error.may_be_written(), "{error:?}");
    assert!(matches!(error, SyncError::Unrecorded { .. }), "{error:?}");
    assert_eq!(desk.target("SELECT id FROM a"), "1");
    let failure = desk.object(&summary, "failure.json");
    assert!(failure.contains("all of it is written"), "{failure}");
    std::fs::remove_dir(&in_the_way).unwrap();
    let state = desk.sync().await.plans().await.unwrap()[0].state;
    assert_eq!(state, PlanState::Approved);
    let applied = desk.apply(&summary, &ALL).await.unwrap();
    assert_eq!(applied.tables[0].inserted, 1);
    let state = desk.sync().await.plans().await.unwrap()[0].state;
    assert_eq!(state, PlanState::Applied);
    desk.undo(&summary).await.unwrap();
    assert_eq!(desk.target("SELECT count(*) FROM a"), "0");
}

//! What nobody wants to be written, and is not.

use function_core::Exit;
use jiff::Timestamp;
use table_diff::{Class, SelectionError};
use table_sync::{DiffRequest, PlanState, Progress, SyncError};

use crate::databases::{Databases as _, OneServer};
use crate::desk::{ALL, Desk, NOW, approval, counts, now};

const ITEM: &str = "CREATE TABLE item (id int PRIMARY KEY, name text, updated_at timestamptz)";

/// A hundred rows in production, some of which development lacks.
fn desk(missing: u32) -> Desk<OneServer> {
    let desk = Desk::of(OneServer::start(), ITEM);
    desk.both("INSERT INTO item SELECT g, 'x', '2026-01-01' FROM generate_series(1, 100) g");
    desk.source(&format!("DELETE FROM item WHERE id <= {missing}"));
    desk
}

#[tokio::test]
async fn many_deletions_and_an_empty_source_need_the_name_of_the_table() {
    for missing in [21, 100] {
        let mut desk = desk(missing);
        let summary = desk.diff().await;
        let mut unconfirmed = approval(&summary, &ALL);
        unconfirmed.selection.confirmed.clear();
        let sync = desk.sync().await;
        let progress = Progress::default();
        let error = sync
            .apply(&summary.plan.id, unconfirmed, &progress)
            .await
            .unwrap_err();
        assert!(
            matches!(
                error,
                SyncError::Selection(SelectionError::NotConfirmed { .. })
            ),
            "{error}"
        );
        assert_eq!(error.exit(), Exit::Refused);
        assert_eq!(desk.target("SELECT count(*) FROM item"), "100");
        // A refusal decides nothing: whoever types the name may still approve.
        desk.apply(&summary, &ALL).await.unwrap();
    }
    let mut desk = desk(20);
    let summary = desk.diff().await;
    let mut unconfirmed = approval(&summary, &ALL);
    unconfirmed.selection.confirmed.clear();
    let sync = desk.sync().await;
    sync.apply(&summary.plan.id, unconfirmed, &Progress::default())
        .await
        .unwrap();
}

#[tokio::test]
async fn only_what_is_ticked_is_written() {
    let mut desk = desk(2);
    desk.source("INSERT INTO item VALUES (201, 'a', NULL), (202, 'b', NULL), (203, 'c', NULL); UPDATE item SET name = 'new', updated_at = '2026-02-01' WHERE id = 50");
    let summary = desk.diff().await;
    let mut approval = approval(&summary, &[Class::Insert]);
    let ticks = approval.selection.tables.get_mut("public.item").unwrap();
    // Rows are numbered in the order of their keys: 1, 2 deleted, 3 is the update, 4 to 6 the insertions.
    ticks.except.insert(5);
    ticks.also.insert(1);
    let sync = desk.sync().await;
    let applied = sync
        .apply(&summary.plan.id, approval, &Progress::default())
        .await
        .unwrap();
    let written = &applied.tables[0];
    assert_eq!(
        (written.inserted, written.updated, written.deleted),
        (2, 0, 1)
    );
    assert_eq!(
        desk.target("SELECT id FROM item WHERE id > 200 OR id < 3 OR name = 'new' ORDER BY id"),
        "2\n201\n203"
    );
}

#[tokio::test]
async fn the_first_of_two_people_decides_and_the_second_is_told_who() {
    let mut desk = desk(1);
    let summary = desk.diff().await;
    desk.apply(&summary, &ALL).await.unwrap();
    let mut second = approval(&summary, &ALL);
    second.by = "taro@example.com".to_owned();
    let sync = desk.sync().await;
    let error = sync
        .apply(&summary.plan.id, second, &Progress::default())
        .await
        .unwrap_err();
    let SyncError::Approved { by, when, .. } = error else {
        panic!("{error}");
    };
    assert_eq!((by.as_str(), when), (crate::desk::PERSON, now()));
    // The first one's second click is answered as the first.
    let again = desk.apply(&summary, &ALL).await.unwrap();
    assert_eq!(again.tables[0].deleted, 1);
}

#[tokio::test]
async fn two_plans_of_the_same_difference_are_not_both_applied() {
    let mut desk = desk(1);
    let (first, second) = (desk.diff().await, desk.diff().await);
    desk.apply(&first, &ALL).await.unwrap();
    let error = desk.apply(&second, &ALL).await.unwrap_err();
    assert!(error.is_stale(), "{error}");
    let plans = desk.sync().await.plans().await.unwrap();
    let mut states: Vec<PlanState> = plans.iter().map(|plan| plan.state).collect();
    states.sort_by_key(|state| *state == PlanState::Stale);
    assert_eq!(states, [PlanState::Applied, PlanState::Stale]);
}

#[tokio::test]
async fn a_plan_of_another_digest_age_or_database_is_refused() {
    let mut desk = desk(1);
    let summary = desk.diff().await;
    let progress = Progress::default();
    let mut other = approval(&summary, &ALL);
    other.digest = "sha256:00".to_owned();
    let sync = desk.sync().await;
    let error = sync.apply(&summary.plan.id, other, &progress).await;
    assert!(matches!(error, Err(SyncError::Digest { .. })));
    let later: Timestamp = NOW.parse().unwrap();
    let later = later + jiff::SignedDuration::from_hours(25);
    let sync = desk.sync_at(&later.to_string()).await;
    let error = sync
        .apply(&summary.plan.id, approval(&summary, &ALL), &progress)
        .await;
    assert!(matches!(error, Err(SyncError::TooOld { .. })));
    desk.databases.0.create_database("elsewhere").unwrap();
    desk.databases.0.query_in("elsewhere", ITEM).unwrap();
    let url = desk.databases.0.url_of("elsewhere");
    let desk = desk.set("APPLY_URL", &url);
    let error = desk.apply(&summary, &ALL).await;
    assert!(matches!(error, Err(SyncError::OtherDatabase { .. })));
    assert_eq!(desk.target("SELECT count(*) FROM item"), "100");
}

#[tokio::test]
async fn a_plan_or_an_undo_file_that_was_edited_or_cut_is_refused() {
    let mut desk = desk(3);
    let summary = desk.diff().await;
    let folder = desk.folder.path().join(&summary.plan.id);
    let plan = desk.object(&summary, "plan.jsonl");
    let edited = plan.replacen("\"key\":[\"2\"]", "\"key\":[\"9\"]", 1);
    assert_ne!(plan, edited);
    let cut = &plan[..plan.rfind("{\"digest\"").unwrap()];
    for wrong in [edited.as_str(), cut, ""] {
        std::fs::write(folder.join("plan.jsonl"), wrong).unwrap();
        let error = desk.apply(&summary, &ALL).await.unwrap_err();
        assert_eq!(error.exit(), Exit::Refused, "{error}");
        assert_eq!(desk.target("SELECT count(*) FROM item"), "100");
    }
    std::fs::write(folder.join("plan.jsonl"), &plan).unwrap();
    desk.apply(&summary, &ALL).await.unwrap();
    let undo = desk.object(&summary, "undo.jsonl");
    for wrong in [
        undo.replacen("\"x\"", "\"y\"", 1),
        undo[..undo.len() / 2].to_owned(),
    ] {
        std::fs::write(folder.join("undo.jsonl"), wrong).unwrap();
        let error = desk.undo(&summary).await.unwrap_err();
        assert_eq!(error.exit(), Exit::Refused, "{error}");
        assert_eq!(desk.target("SELECT count(*) FROM item"), "97");
    }
    std::fs::write(folder.join("undo.jsonl"), undo).unwrap();
    desk.undo(&summary).await.unwrap();
    assert_eq!(desk.target("SELECT count(*) FROM item"), "100");
}

#[tokio::test]
async fn what_changed_since_it_was_applied_is_not_undone() {
    let mut desk = desk(1);
    desk.source("UPDATE item SET name = 'new', updated_at = '2026-02-01' WHERE id = 50");
    let summary = desk.diff().await;
    let nothing = desk.undo(&summary).await.unwrap_err();
    assert!(matches!(nothing, SyncError::NotApplied { .. }), "{nothing}");
    desk.apply(&summary, &ALL).await.unwrap();
    desk.target("UPDATE item SET name = 'newer' WHERE id = 50");
    let error = desk.undo(&summary).await.unwrap_err();
    assert!(error.is_stale(), "{error}");
    assert_eq!(desk.target("SELECT count(*) FROM item"), "99");
    desk.target("UPDATE item SET name = 'new' WHERE id = 50");
    desk.undo(&summary).await.unwrap();
    assert_eq!(desk.target("SELECT name FROM item WHERE id = 50"), "x");
    assert_eq!(desk.target("SELECT count(*) FROM item"), "100");
}

#[tokio::test]
async fn development_that_changed_since_it_was_seen_is_not_brought_over() {
    let mut desk = desk(0);
    desk.source("UPDATE item SET name = 'new', updated_at = '2026-02-01' WHERE id IN (5, 50); INSERT INTO item VALUES (200, 'made', NULL)");
    let summary = desk.diff().await;
    for change in [
        "UPDATE item SET name = 'newer' WHERE id = 50",
        "DELETE FROM item WHERE id = 200",
    ] {
        desk.source(change);
        let error = desk.apply(&summary, &ALL).await.unwrap_err();
        assert!(error.to_string().contains("in development"), "{error}");
        assert_eq!(
            desk.target("SELECT count(*) FROM item WHERE name <> 'x'"),
            "0"
        );
    }
}

#[tokio::test]
async fn a_structure_that_changed_since_it_was_seen_is_not_written_to() {
    let mut desk = desk(1);
    let summary = desk.diff().await;
    desk.target("ALTER TABLE item ADD note text");
    let error = desk.apply(&summary, &ALL).await.unwrap_err();
    assert!(
        matches!(error, SyncError::StructureChanged { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn the_same_database_twice_is_refused_and_a_table_that_is_not_there_is_named() {
    let mut desk = desk(0);
    let url = desk.databases.source_url();
    desk = desk.set("TARGET_URL", &url);
    let error = desk.try_diff().await.unwrap_err();
    assert!(matches!(error, SyncError::SameDatabase { .. }), "{error}");
    let url = desk.databases.target_url();
    desk = desk.set("TARGET_URL", &url).set("TABLES", "public.itme");
    let error = desk.try_diff().await.unwrap_err();
    assert_eq!(error.exit(), Exit::Usage);
    assert!(error.to_string().contains("public.itme"), "{error}");
}

#[tokio::test]
async fn production_can_be_brought_back_to_development_where_it_is_newer() {
    let mut desk = desk(0);
    desk.target("UPDATE item SET name = 'prod', updated_at = '2026-02-01' WHERE id = 7");
    desk.source("UPDATE item SET name = 'dev', updated_at = '2026-02-01' WHERE id = 8; INSERT INTO item VALUES (200, 'dev', NULL)");
    let mut request = DiffRequest::new(desk.trigger());
    request.reverse = true;
    let summary = desk.diff_of(&request).await.unwrap();
    assert_eq!(counts(&summary), "update_new 1, delete 1, update_old 1");
    assert_eq!(summary.plan.source.name, "production");
    let error = desk.apply(&summary, &ALL).await.unwrap_err();
    assert_eq!(error.exit(), Exit::Refused, "{error}");
    desk.apply(&summary, &[Class::UpdateNew]).await.unwrap();
    assert_eq!(
        desk.source("SELECT name FROM item WHERE id IN (7, 8, 200) ORDER BY id"),
        "prod\ndev\ndev"
    );
    desk.undo(&summary).await.unwrap();
    assert_eq!(desk.source("SELECT name FROM item WHERE id = 7"), "x");
}

#[tokio::test]
async fn rows_with_columns_that_no_undo_could_bring_back_are_not_deleted() {
    let mut desk = Desk::of(
        OneServer::start(),
        "CREATE TABLE cat (id int PRIMARY KEY, name text, secret text)",
    )
    .set("LEAVE_OUT", "public.cat:secret");
    desk.target("INSERT INTO cat VALUES (1, 'x', 'precious'), (2, 'old', 'kept')");
    desk.source("INSERT INTO cat VALUES (2, 'new', 'other'), (3, 'made', 'unseen')");
    let summary = desk.diff().await;
    let error = desk.apply(&summary, &ALL).await.unwrap_err();
    assert!(matches!(error, SyncError::LeftOut { .. }), "{error:?}");
    assert_eq!(error.exit(), Exit::Refused);
    assert!(error.to_string().contains("secret"), "{error}");
    // The refusal decides nothing: without the deletions it may be approved.
    desk.apply(&summary, &ALL[..4]).await.unwrap();
    let rows = "SELECT * FROM cat ORDER BY id";
    assert_eq!(desk.target(rows), "1|x|precious\n2|new|kept\n3|made|NULL");
    desk.undo(&summary).await.unwrap();
    assert_eq!(desk.target(rows), "1|x|precious\n2|old|kept");
}

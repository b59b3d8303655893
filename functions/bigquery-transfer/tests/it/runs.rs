//! From the message of a verified export to tables that are proven to be there.

use function_core::{GoesOn, Outcome, RunState};
use serde_json::json;
use simulators::When;
use simulators::bigquery::{Fault, denied, refuse};

use crate::night::{DATASET, Export, Night, TABLES, done, dropped, only};

const DAY: &str = "20261121";

#[tokio::test]
async fn a_verified_export_is_loaded_and_judged_by_the_messages_of_its_runs() {
    let night = Night::new().await;
    let export = Export::of(DAY).put(&night.bigquery);
    let report = night.report("m-1", &export.message()).await;
    assert_eq!(report.run, "app-db-20261121");
    assert_eq!(
        (report.state, report.goes_on),
        (RunState::Running, GoesOn::WithTicks)
    );
    assert_eq!(report.counts["started"], 2);
    assert_eq!(report.counts["empty"], 1, "an empty table waits for no run");
    assert_eq!(night.open(), ["app-db-20261121"]);

    night.bigquery.finish_runs();
    let outcomes = night.tell_ends().await;
    assert_eq!(outcomes.len(), 2);
    let report = only(outcomes.last().unwrap().clone());
    assert_eq!(report.state, RunState::Verified, "{report:?}");
    let expected = [
        ("tables", 3),
        ("started", 2),
        ("loaded", 2),
        ("empty", 1),
        ("failed", 0),
        ("rows", 1203),
    ];
    assert_eq!(
        report.counts,
        expected
            .map(|(name, number)| (name.to_owned(), number))
            .into()
    );
    night.assert_loaded_once(&TABLES);
    assert!(night.open().is_empty() && night.sink.words().is_empty());
    assert!(
        done(night.tick().await).is_empty(),
        "nothing is left to a tick"
    );
}

#[tokio::test]
async fn a_table_that_became_empty_is_emptied_by_one_job() {
    let night = Night::new().await;
    night.bigquery.add_dataset(DATASET, "asia-northeast1");
    night.bigquery.add_table(DATASET, "audits", 9);
    let export = Export::of(DAY).put(&night.bigquery);
    night.report("m-1", &export.message()).await;
    assert_eq!(night.bigquery.rows(DATASET, "audits"), Some(0));
    let jobs = || {
        let writes = night.bigquery.writes().into_iter();
        writes.filter(|line| line.ends_with("/jobs")).count()
    };
    assert_eq!(jobs(), 1);
    night.bigquery.finish_runs();
    assert_eq!(only(night.tick().await).state, RunState::Verified);
    // The next day it is empty already.
    night.wait(24 * 60);
    night
        .report(
            "m-2",
            &Export::of("20261122").put(&night.bigquery).message(),
        )
        .await;
    assert_eq!(jobs(), 1);
}

#[tokio::test]
async fn ticks_alone_bring_a_day_to_its_end() {
    let night = Night::new().await;
    let export = Export::of(DAY).put(&night.bigquery);
    night.report("m-1", &export.message()).await;
    let mut states = Vec::new();
    for _ in 0..5 {
        night.wait(5);
        let report = only(night.tick().await);
        states.push(report.state);
        if report.state != RunState::Running {
            break;
        }
    }
    assert_eq!(states.last(), Some(&RunState::Verified), "{states:?}");
    night.assert_loaded_once(&TABLES);
}

#[tokio::test]
async fn nothing_starts_before_the_service_sees_the_newest_file() {
    let night = Night::new().await;
    let export = Export::of(DAY).put(&night.bigquery);
    let mut message = export.message();
    message["newestFile"] = json!("2026-11-20T18:58:00Z");
    let report = night.report("m-1", &message).await;
    assert_eq!(
        report.progress.as_deref(),
        Some("waits until 2026-11-20T19:03:00Z for the files to be seen")
    );
    night.wait(2);
    assert_eq!(only(night.tick().await).state, RunState::Running);
    assert!(night.runs().is_empty());
    night.wait(2);
    assert_eq!(only(night.tick().await).counts["started"], 2);
}

#[tokio::test]
async fn the_publish_time_counts_where_the_sender_does_not_know_its_newest_file() {
    let night = Night::new().await;
    let mut message = Export::of(DAY).put(&night.bigquery).message();
    message.as_object_mut().unwrap().remove("newestFile");
    let report = night.report("m-1", &message).await;
    assert_eq!(
        report.progress.as_deref(),
        Some("waits until 2026-11-20T19:05:00Z for the files to be seen")
    );
    night.wait(6);
    assert_eq!(only(night.tick().await).counts["started"], 2);
}

#[tokio::test]
async fn a_message_that_comes_again_starts_nothing_again() {
    let night = Night::new().await;
    let export = Export::of(DAY).put(&night.bigquery);
    for _ in 0..2 {
        night.report("m-1", &export.message()).await;
    }
    night.bigquery.finish_runs();
    night.tick().await;
    let writes = night.bigquery.writes().len();
    night.wait(600);
    let late = night.report("m-2", &export.message()).await;
    assert_eq!(late.state, RunState::Verified);
    assert_eq!(night.bigquery.writes().len(), writes);
    night.assert_loaded_once(&TABLES);
}

#[tokio::test]
async fn an_export_of_the_same_day_that_was_retried_is_loaded_from_its_own_prefix() {
    let night = Night::new().await;
    let first = Export::of(DAY).put(&night.bigquery);
    night.report("m-1", &first.message()).await;
    night.bigquery.finish_runs();
    assert_eq!(only(night.tick().await).state, RunState::Verified);

    night.wait(30);
    let tables = [("audits", 7), ("orders", 1300), ("users", 4)];
    let second = Export::of(DAY)
        .retried(2)
        .tables(&tables)
        .put(&night.bigquery);
    assert_eq!(
        night.report("m-2", &second.message()).await.state,
        RunState::Running
    );
    night.bigquery.finish_runs();
    assert_eq!(only(night.tick().await).state, RunState::Verified);
    for (table, rows) in tables {
        assert_eq!(night.bigquery.rows(DATASET, table), Some(rows), "{table}");
    }
    assert_eq!(night.runs()["users"], 2);

    // The older message comes late once more.
    let late = function_core::Event::new(
        "m-1",
        "2026-11-20T19:00:00Z".parse().unwrap(),
        first.message().to_string(),
    );
    let outcome = function_runtime::Function::handle(&night.function().await, late).await;
    assert_eq!(only(outcome).state, RunState::Verified);
    assert_eq!(night.runs()["users"], 2);
}

#[tokio::test]
async fn a_retried_export_waits_for_the_runs_of_the_first_one() {
    let night = Night::new().await;
    let first = Export::of(DAY).put(&night.bigquery);
    night.report("m-1", &first.message()).await;
    night.wait(1);
    let tables = [("audits", 0), ("orders", 1300), ("users", 4)];
    let second = Export::of(DAY)
        .retried(2)
        .tables(&tables)
        .put(&night.bigquery);
    night.report("m-2", &second.message()).await;
    assert_eq!(
        night.runs()["users"],
        1,
        "no run starts beside one that still writes"
    );
    night.bigquery.finish_runs();
    assert_eq!(only(night.tick().await).state, RunState::Running);
    assert_eq!(night.runs()["users"], 2);
    night.bigquery.finish_runs();
    assert_eq!(only(night.tick().await).state, RunState::Verified);
    for (table, rows) in tables {
        assert_eq!(night.bigquery.rows(DATASET, table), Some(rows), "{table}");
    }
}

#[tokio::test]
async fn a_newer_day_takes_the_place_of_an_older_one_and_never_the_other_way_round() {
    let night = Night::new().await;
    let old = Export::of("20261120").put(&night.bigquery);
    let new = Export::of(DAY)
        .tables(&[("orders", 1300), ("users", 4)])
        .put(&night.bigquery);
    night.report("m-1", &old.message()).await;
    night.wait(1);
    night.report("m-2", &new.message()).await;
    assert_eq!(night.record("20261120")["state"], "incomplete");
    night.bigquery.finish_runs();
    night.tick().await;
    night.bigquery.finish_runs();
    assert_eq!(only(night.tick().await).state, RunState::Verified);
    assert_eq!(night.bigquery.rows(DATASET, "users"), Some(4));

    let older = Export::of("20261119").put(&night.bigquery);
    let words = dropped(night.send("m-3", &older.message()).await);
    assert!(
        words.contains("2026-11-19 is not loaded") && words.contains("20261121"),
        "{words}"
    );
    assert_eq!(night.bigquery.rows(DATASET, "users"), Some(4));
}

#[tokio::test]
async fn a_run_that_found_no_file_is_a_failure_that_a_person_is_told_once() {
    let night = Night::new().await;
    let export = Export::of(DAY).put(&night.bigquery);
    night.bigquery.spoil_next("users", Fault::Blind);
    night.report("m-1", &export.message()).await;
    night.bigquery.finish_runs();
    let words = dropped(night.tick().await);
    assert!(
        words.contains("1 of 3 tables did not arrive: app.users")
            && words.contains("found no file"),
        "{words}"
    );
    let told = night.sink.words();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("app-db of 2026-11-21 failed") && told[0].contains("\"force\": true"),
        "{told:?}"
    );
    assert!(told[0].contains("There is no verified run yet"), "{told:?}");
    let again = night.report("m-1", &export.message()).await;
    assert_eq!(
        (again.state, night.sink.words().len()),
        (RunState::Failed, 1)
    );
}

#[tokio::test]
async fn people_are_told_in_japanese_since_when() {
    let mut night = Night::new().await;
    night.set("NOTIFY_LANGUAGE", "ja");
    night
        .report("m-1", &Export::of(DAY).put(&night.bigquery).message())
        .await;
    night.bigquery.finish_runs();
    assert_eq!(only(night.tick().await).state, RunState::Verified);
    night.wait(24 * 60);
    night
        .bigquery
        .spoil_next("users", Fault::failed(7, "Access denied to s3://exports"));
    night
        .report(
            "m-2",
            &Export::of("20261122").put(&night.bigquery).message(),
        )
        .await;
    night.bigquery.finish_runs();
    dropped(night.tick().await);
    let told = night.sink.words().join("");
    assert!(
        told.contains("app-db of 2026-11-22 は失敗しました。"),
        "{told}"
    );
    assert!(
        told.contains("app.users: its run ") && told.contains("Access denied to s3://exports"),
        "{told}"
    );
    assert!(
        told.contains("最後に検証できた実行: 2026-11-21 04:00"),
        "{told}"
    );
}

#[tokio::test]
async fn fewer_rows_than_verified_are_a_failure_and_more_are_a_warning() {
    let night = Night::new().await;
    let export = Export::of(DAY).put(&night.bigquery);
    night.bigquery.spoil_next("orders", Fault::Fewer(1));
    night.bigquery.add_object(
        "exports",
        "export-id-prod-app-db-20261121/app/app.users/2/part-1.gz.parquet",
        1,
    );
    night.report("m-1", &export.message()).await;
    night.bigquery.finish_runs();
    let words = dropped(night.tick().await);
    assert!(
        words.contains("app.orders: BigQuery has 1199 of the 1200 rows that were verified"),
        "{words}"
    );
    let record = night.record(DAY);
    assert_eq!(
        record["warnings"],
        json!(["app.users has 4 rows in BigQuery, but 3 were verified"])
    );
    assert_eq!(
        (&record["counts"]["loaded"], &record["counts"]["failed"]),
        (&json!(1), &json!(1))
    );
}

#[tokio::test]
async fn runs_that_fail_or_are_cancelled_are_named_with_their_words() {
    let night = Night::new().await;
    let export = Export::of(DAY).put(&night.bigquery);
    night.bigquery.spoil_next(
        "orders",
        Fault::failed(3, "The provided data path is invalid"),
    );
    night.bigquery.spoil_next("users", Fault::Cancelled);
    night.report("m-1", &export.message()).await;
    night.bigquery.finish_runs();
    let outcomes = night.tell_ends().await;
    let words = dropped(outcomes.last().unwrap().clone());
    assert!(
        words.contains("failed: The provided data path is invalid"),
        "{words}"
    );
    assert!(
        words.contains("app.users: somebody cancelled its run"),
        "{words}"
    );
    assert_eq!(
        night.sink.words().len(),
        1,
        "one notice for all tables of a day"
    );
}

#[tokio::test]
async fn a_run_that_never_ends_is_given_up() {
    let night = Night::new().await;
    let export = Export::of(DAY).put(&night.bigquery);
    night.bigquery.spoil_next("users", Fault::Never);
    night.report("m-1", &export.message()).await;
    night.bigquery.finish_runs();
    night.wait(5 * 60);
    assert_eq!(only(night.tick().await).state, RunState::Running);
    night.wait(61);
    let words = dropped(night.tick().await);
    assert!(
        words.contains("app.users: its run has not ended within 6h"),
        "{words}"
    );
    assert!(night.open().is_empty());
}

#[tokio::test]
async fn a_day_that_failed_is_loaded_again_when_a_person_asks_for_it() {
    let night = Night::new().await;
    let export = Export::of(DAY).put(&night.bigquery);
    night.bigquery.spoil_next("users", Fault::Blind);
    night.report("m-1", &export.message()).await;
    night.bigquery.finish_runs();
    dropped(night.tick().await);

    night.wait(600);
    let again = json!({ "source": "app-db", "date": "2026-11-21", "force": true });
    assert_eq!(night.report("m-2", &again).await.state, RunState::Running);
    // Its redelivery opens nothing again.
    assert_eq!(night.report("m-2", &again).await.state, RunState::Running);
    assert_eq!(night.runs()["users"], 2);
    night.bigquery.finish_runs();
    assert_eq!(only(night.tick().await).state, RunState::Verified);
    assert_eq!(night.bigquery.rows(DATASET, "users"), Some(3));
    night.wait(1);
    assert_eq!(
        night.report("m-2", &again).await.state,
        RunState::Running,
        "another asking, at another time"
    );
}

#[tokio::test]
async fn an_unknown_day_is_refused_by_name() {
    let night = Night::new().await;
    let words = dropped(
        night
            .send("m-1", &json!({ "source": "app-db", "date": "2026-11-01" }))
            .await,
    );
    assert!(
        words.contains("no export of app-db of 2026-11-01 was announced"),
        "{words}"
    );
}

#[tokio::test]
async fn a_table_that_left_the_export_is_a_failure_and_is_left_as_it_was() {
    let mut night = Night::new().await;
    let list = night.folder.path().join("target_tables.txt");
    std::fs::write(&list, "app.orders\napp.users\n").unwrap();
    night.set("TARGET_TABLES", list.to_str().unwrap());
    night.bigquery.add_dataset(DATASET, "asia-northeast1");
    night.bigquery.add_table(DATASET, "users", 9);
    let export = Export::of(DAY)
        .tables(&[("orders", 1200)])
        .put(&night.bigquery);
    night.report("m-1", &export.message()).await;
    night.bigquery.finish_runs();
    let words = dropped(night.tick().await);
    assert!(
        words.contains("app.users: the verified export does not have it"),
        "{words}"
    );
    assert_eq!(night.bigquery.rows(DATASET, "users"), Some(9));
    assert_eq!(night.bigquery.rows(DATASET, "orders"), Some(1200));
}

#[tokio::test]
async fn a_permission_that_is_missing_is_told_once_and_its_repair_is_enough() {
    let night = Night::new().await;
    let export = Export::of(DAY).put(&night.bigquery);
    night.report("m-1", &export.message()).await;
    night.bigquery.finish_runs();
    night
        .bigquery
        .script(When::path("transferLogs"), denied("bigquery.transfers.get"));
    let words = dropped(night.tick().await);
    assert!(words.contains("grant bigquery.transfers.get"), "{words}");
    night.wait(5);
    assert_eq!(only(night.tick().await).state, RunState::Running);
    assert_eq!(night.sink.words().len(), 1);
    night.bigquery.clear_script();
    night.wait(5);
    assert_eq!(only(night.tick().await).state, RunState::Verified);
}

#[tokio::test]
async fn a_service_in_trouble_fails_nothing() {
    let night = Night::new().await;
    let export = Export::of(DAY).put(&night.bigquery);
    night.bigquery.script(
        When::path(":startManualRuns").first(8),
        refuse(503, "unavailable"),
    );
    let report = night.report("m-1", &export.message()).await;
    assert!(report.progress.unwrap().contains("503"));
    night.bigquery.clear_script();
    night.wait(5);
    night.tick().await;
    night.bigquery.finish_runs();
    night
        .bigquery
        .script(When::path("transferLogs").first(4), refuse(500, "internal"));
    night.wait(5);
    night.tick().await;
    night.wait(5);
    assert!(matches!(night.tick().await, Outcome::Done(_)));
    night.assert_loaded_once(&TABLES);
    assert_eq!(night.record(DAY)["state"], "verified");
    assert!(night.sink.words().is_empty());
}

#[tokio::test]
async fn the_end_of_somebody_elses_run_is_left_alone() {
    let night = Night::new().await;
    let export = Export::of(DAY).put(&night.bigquery);
    night.report("m-1", &export.message()).await;
    let writes = night.bigquery.writes();
    let name = "projects/1/locations/asia-northeast1/transferConfigs/other/runs/r-1";
    let foreign = json!({ "name": name, "dataSourceId": "amazon_s3", "state": "FAILED", "params": { "secret_access_key": "x" } });
    assert!(done(night.send("f-1", &foreign).await).is_empty());
    assert_eq!(night.bigquery.writes(), writes);
    assert!(night.sink.words().is_empty());
}

#[tokio::test]
async fn an_export_of_dynamodb_on_the_same_topic_is_left_alone() {
    let night = Night::new().await;
    let mut message = Export::of(DAY).message();
    message["engine"] = json!("dynamodb");
    assert!(done(night.send("m-1", &message).await).is_empty());
    message["engine"] = json!("sqlserver-ee");
    let words = dropped(night.send("m-2", &message).await);
    assert!(words.contains("the engine `sqlserver-ee`"), "{words}");
    message["engine"] = json!("mysql");
    message["logicalDate"] = json!("2026-11-23");
    let words = dropped(night.send("m-3", &message).await);
    assert!(words.contains("2026-11-23, which has not begun"), "{words}");
    assert!(night.bigquery.requests().is_empty());
}

#[tokio::test]
async fn two_at_once_start_each_table_once() {
    let night = Night::new().await;
    let export = Export::of(DAY).put(&night.bigquery);
    let message = export.message();
    let (one, another) = tokio::join!(night.send("m-1", &message), night.send("m-1", &message));
    let outcomes = [one, another];
    assert!(
        outcomes
            .iter()
            .any(|outcome| matches!(outcome, Outcome::Done(_))),
        "{outcomes:?}"
    );
    let (one, another) = tokio::join!(night.tick(), night.tick());
    drop((one, another));
    night.bigquery.finish_runs();
    night.tick().await;
    night.assert_loaded_once(&TABLES);
    assert_eq!(night.record(DAY)["state"], "verified");
}

#[tokio::test]
async fn a_schedule_is_waited_for_and_judged_against_the_message() {
    let mut night = Night::new().await;
    night.set("SCHEDULE", "every day 20:00");
    let export = Export::of(DAY).put(&night.bigquery);
    let report = night.report("m-1", &export.message()).await;
    assert_eq!(
        (report.state, report.counts["started"]),
        (RunState::Running, 0)
    );
    assert!(
        night
            .bigquery
            .writes()
            .iter()
            .all(|line| !line.ends_with(":startManualRuns"))
    );
    night.wait(65);
    night.tick().await;
    night.bigquery.finish_runs();
    assert_eq!(only(night.tick().await).state, RunState::Verified);
    assert_eq!(night.bigquery.rows(DATASET, "users"), Some(3));
}

#[tokio::test]
async fn a_run_that_no_export_announced_is_told_once_where_it_comes_to_nothing() {
    let mut night = Night::new().await;
    night.set("SCHEDULE", "every day 20:00");
    let export = Export::of(DAY).put(&night.bigquery);
    night.report("m-1", &export.message()).await;
    night.wait(65);
    night.tick().await;
    night.bigquery.finish_runs();
    assert_eq!(only(night.tick().await).state, RunState::Verified);
    let judged = night.bigquery.finished().len();
    // The next night nothing was exported, and nobody says so.
    night.wait(24 * 60);
    night.bigquery.finish_runs();
    let outcomes = night.tell_ends().await;
    assert!(
        outcomes[..judged]
            .iter()
            .all(|outcome| done(outcome.clone()).is_empty())
    );
    let words: Vec<String> = outcomes[judged..].iter().cloned().map(dropped).collect();
    assert_eq!(words.len(), 3, "{words:?}");
    assert!(
        words
            .iter()
            .any(|words| words.contains("app.users: its run") && words.contains("found no file")),
        "{words:?}"
    );
    assert_eq!(night.sink.words().len(), 3);
    night.tell_ends().await;
    assert_eq!(
        night.sink.words().len(),
        3,
        "a message that comes again tells nothing again"
    );
}

//! From the message of a verified export to tables that are proven to be there.

use function_core::{GoesOn, RunState};
use serde_json::json;

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

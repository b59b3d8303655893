//! Runs that the service starts by itself, and those that it can't.

use function_core::RunState;
use serde_json::json;
use simulators::bigquery::BigQuery;

use crate::night::{DATASET, Export, Night, done, dropped, only};

const DAY: &str = "20261121";

/// Where the config of `users` reads.
fn path(bigquery: &BigQuery) -> String {
    let configs = bigquery.configs();
    let mut params = configs.iter().map(|config| &config["params"]);
    let users = params.find(|params| params["destination_table_name_template"] == "users");
    users.unwrap()["data_path"].as_str().unwrap().to_owned()
}

fn started_by_hand(bigquery: &BigQuery) -> usize {
    let writes = bigquery.writes().into_iter();
    writes
        .filter(|line| line.ends_with(":startManualRuns"))
        .count()
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

#[tokio::test]
async fn an_export_that_is_later_than_its_scheduled_run_is_loaded_by_hand() {
    let mut night = Night::new().await;
    night.set("SCHEDULE", "every day 20:00");
    let early = Export::of("20261120").put(&night.bigquery);
    night.report("m-1", &early.message()).await;
    assert_eq!(
        started_by_hand(&night.bigquery),
        2,
        "no run of the 20th comes any more"
    );
    night.wait(65);
    // The day of the 21st in Tokyo: the run of 20:00 UTC found nothing, and its export comes now.
    night.bigquery.settle();
    night.bigquery.finish_runs();
    let export = Export::of(DAY).put(&night.bigquery);
    let mut message = export.message();
    message["newestFile"] = json!(night.now().to_string());
    night.report("m-2", &message).await;
    night.wait(6);
    night.tick().await;
    assert_eq!(started_by_hand(&night.bigquery), 4);
    night.bigquery.finish_runs();
    assert_eq!(only(night.tick().await).state, RunState::Verified);
    assert_eq!(night.bigquery.rows(DATASET, "users"), Some(3));
}

#[tokio::test]
async fn a_retried_or_reopened_night_is_loaded_by_hand_and_leaves_the_schedules_path() {
    let mut night = Night::new().await;
    night.set("SCHEDULE", "every day 20:00");
    let first = Export::of(DAY).put(&night.bigquery);
    night.report("m-1", &first.message()).await;
    let usual = path(&night.bigquery);
    night.wait(65);
    night.tick().await;
    night.bigquery.finish_runs();
    assert_eq!(only(night.tick().await).state, RunState::Verified);

    let tables = [("audits", 0), ("orders", 1300), ("users", 4)];
    let second = Export::of(DAY)
        .retried(2)
        .tables(&tables)
        .put(&night.bigquery);
    night.report("m-2", &second.message()).await;
    assert_eq!(started_by_hand(&night.bigquery), 2);
    assert_ne!(path(&night.bigquery), usual);
    night.bigquery.finish_runs();
    assert_eq!(only(night.tick().await).state, RunState::Verified);
    assert_eq!(night.bigquery.rows(DATASET, "users"), Some(4));
    assert_eq!(path(&night.bigquery), usual);

    night.wait(1);
    let again = json!({ "source": "app-db", "date": "2026-11-21", "force": true });
    night.report("m-3", &again).await;
    assert_eq!(started_by_hand(&night.bigquery), 4);
    night.bigquery.finish_runs();
    assert_eq!(only(night.tick().await).state, RunState::Verified);
    assert_eq!(path(&night.bigquery), usual);
}

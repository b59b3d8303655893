//! Runs that fail, come to nothing, or prove nothing.

use function_core::{Outcome, RunState};
use serde_json::json;
use simulators::bigquery::{Fault, refuse};
use simulators::{Answer, Effect, When};

use crate::night::{DATASET, Export, Night, TABLES, dropped, only};

const DAY: &str = "20261121";

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
async fn what_is_given_up_is_not_started_first() {
    let night = Night::new().await;
    night.bigquery.script(
        When::path(":startManualRuns"),
        simulators::bigquery::throttled(429),
    );
    night
        .report("m-1", &Export::of(DAY).put(&night.bigquery).message())
        .await;
    night.bigquery.clear_script();
    night.wait(6 * 60 + 1);
    let words = dropped(night.tick().await);
    assert!(
        words.contains("its run was not started within 6h"),
        "{words}"
    );
    assert!(night.runs().is_empty());
}

#[tokio::test]
async fn a_run_that_only_says_that_it_succeeded_is_no_proof() {
    let night = Night::new().await;
    night.bigquery.add_dataset(DATASET, "asia-northeast1");
    night.bigquery.add_table(DATASET, "users", 3);
    let export = Export::of(DAY).put(&night.bigquery);
    night.report("m-1", &export.message()).await;
    night.bigquery.finish_runs();
    // A log that comes late, and then never.
    let empty = Effect::Answer(Answer::json(200, &json!({ "transferMessages": [] })));
    night.bigquery.script(When::path("transferLogs"), empty);
    night.wait(5);
    assert_eq!(only(night.tick().await).state, RunState::Running);
    night.wait(15);
    let words = dropped(night.tick().await);
    assert!(
        words.contains("its log does not say that it copied a file"),
        "{words}"
    );
}

#[tokio::test]
async fn a_table_that_was_not_changed_since_its_run_began_is_not_taken_for_loaded() {
    let night = Night::new().await;
    let export = Export::of(DAY).put(&night.bigquery);
    night.report("m-1", &export.message()).await;
    night.bigquery.finish_runs();
    let old = json!({ "numRows": "3", "lastModifiedTime": "1790000000000" });
    night.bigquery.script(
        When::path("/tables/users"),
        Effect::Answer(Answer::json(200, &old)),
    );
    let words = dropped(night.tick().await);
    assert!(
        words.contains("app.users: its run says that it succeeded, but the table was not changed"),
        "{words}"
    );
}

#[tokio::test]
async fn a_table_is_emptied_by_another_job_where_the_first_one_failed() {
    let night = Night::new().await;
    night.bigquery.add_dataset(DATASET, "asia-northeast1");
    night.bigquery.add_table(DATASET, "audits", 9);
    let failed = json!({ "status": {
        "state": "DONE", "errorResult": { "reason": "backendError", "message": "try again" },
    } });
    let is_there = refuse(409, "Already Exists: Job");
    night
        .bigquery
        .script(When::path("/jobs").method("POST").nth(1), is_there);
    night.bigquery.script(
        // Only jobs are asked for with their location.
        When::path("")
            .method("GET")
            .containing("asia-northeast1")
            .first(1),
        Effect::Answer(Answer::json(200, &failed)),
    );
    let report = night
        .report("m-1", &Export::of(DAY).put(&night.bigquery).message())
        .await;
    assert_eq!(report.counts["empty"], 1, "{report:?}");
    assert_eq!(night.bigquery.rows(DATASET, "audits"), Some(0));
}

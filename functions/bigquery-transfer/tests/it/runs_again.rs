//! Days that are loaded again: a retried export, a person who asks, a config that was changed meanwhile.

use function_core::RunState;
use serde_json::json;
use simulators::bigquery::Fault;

use crate::night::{DATASET, Export, Night, TABLES, dropped, only};

const DAY: &str = "20261121";
const BEFORE: &str = "20261120";

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
async fn a_retried_export_of_an_older_day_does_not_replace_a_newer_one() {
    let night = Night::new().await;
    for date in [BEFORE, DAY] {
        night
            .report(date, &Export::of(date).put(&night.bigquery).message())
            .await;
        night.bigquery.finish_runs();
        assert_eq!(only(night.tick().await).state, RunState::Verified);
        night.wait(1);
    }
    let tables = [("orders", 9), ("users", 2)];
    let late = Export::of(BEFORE)
        .retried(2)
        .tables(&tables)
        .put(&night.bigquery);
    let words = dropped(night.send("late", &late.message()).await);
    assert!(words.contains("2026-11-20 is not loaded"), "{words}");
    assert_eq!(night.runs()["users"], 2);
    assert_eq!(night.record(BEFORE)["state"], "verified");
    assert!(night.sink.words()[0].contains("its message is refused"));
}

#[tokio::test]
async fn a_run_that_reads_other_files_does_not_count_and_its_config_is_put_right() {
    let night = Night::new().await;
    let mut message = Export::of(DAY).put(&night.bigquery).message();
    message["newestFile"] = json!("2026-11-20T18:58:00Z");
    night.report("m-1", &message).await;
    let elsewhere = "s3://exports/elsewhere/app/app.users/*.parquet";
    night
        .bigquery
        .add_object("exports", "elsewhere/app/app.users/1/p.parquet", 9);
    let configs = night.bigquery.configs();
    let users = configs
        .iter()
        .find(|config| config["params"]["destination_table_name_template"] == "users");
    let name = users.unwrap()["name"].as_str().unwrap();
    night.bigquery.edit_config(name, |fields| {
        fields["params"]["data_path"] = elsewhere.into();
    });
    for _ in 0..4 {
        night.wait(5);
        night.tick().await;
        night.bigquery.finish_runs();
    }
    assert_eq!(night.record(DAY)["state"], "verified");
    assert_eq!(
        (night.runs()["users"], night.bigquery.rows(DATASET, "users")),
        (2, Some(3))
    );
    assert!(!night.record(DAY).to_string().contains("AKIAEXAMPLE"));
}

#[tokio::test]
async fn a_config_that_somebody_deleted_meanwhile_is_made_again() {
    let night = Night::new().await;
    let mut message = Export::of(DAY).put(&night.bigquery).message();
    message["newestFile"] = json!("2026-11-20T18:58:00Z");
    night.report("m-1", &message).await;
    for config in night.bigquery.configs() {
        night
            .bigquery
            .remove_config(config["name"].as_str().unwrap());
    }
    for _ in 0..3 {
        night.wait(5);
        night.tick().await;
        night.bigquery.finish_runs();
    }
    assert_eq!(night.record(DAY)["state"], "verified");
    night.assert_loaded_once(&TABLES);
    assert!(night.sink.words().is_empty());
}

//! Several exports, days, persons and processes: no run starts beside another, and newer data stays.

use std::sync::Mutex;

use function_core::{Outcome, RunState};
use serde_json::{Value, json};
use simulators::When;
use simulators::bigquery::Fault;

use crate::night::{DATASET, Export, Night, TABLES, dropped, only};

const DAY: &str = "20261121";
const BEFORE: &str = "20261120";

fn force(date: &str) -> Value {
    json!({ "source": "app-db", "date": date, "force": true })
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
async fn what_a_day_that_was_given_up_started_is_waited_for() {
    for next in ["force", "message"] {
        let night = Night::new().await;
        night.bigquery.spoil_next("users", Fault::Never);
        night
            .report("m-1", &Export::of(DAY).put(&night.bigquery).message())
            .await;
        night.bigquery.finish_runs();
        night.wait(6 * 60 + 1);
        dropped(night.tick().await);
        let payload = match next {
            "force" => force("2026-11-21"),
            _ => Export::of("20261122").put(&night.bigquery).message(),
        };
        night.wait(24 * 60);
        night.report("m-2", &payload).await;
        assert_eq!(
            (night.runs()["users"], night.runs()["orders"]),
            (1, 2),
            "{next}"
        );
    }
}

#[tokio::test]
async fn runs_that_were_started_and_not_noted_are_waited_for_when_another_export_comes() {
    for next in ["retried", "next day"] {
        let night = Night::new().await;
        night
            .report("m-1", &Export::of(DAY).put(&night.bigquery).message())
            .await;
        // As after a kill between the start and its note.
        night.change_record(DAY, |record| {
            let table = record["checkpoint"]["tables"]["app.users"]
                .as_object_mut()
                .unwrap();
            table.remove("run");
            table["standing"] = json!("waiting");
        });
        let next = if next == "retried" {
            Export::of(DAY).retried(2)
        } else {
            night.wait(24 * 60);
            Export::of("20261122")
        };
        night.wait(1);
        night
            .report("m-2", &next.put(&night.bigquery).message())
            .await;
        assert_eq!(night.runs()["users"], 1);
        night.bigquery.finish_runs();
        night.tick().await;
        night.bigquery.finish_runs();
        assert_eq!(only(night.tick().await).state, RunState::Verified);
        assert_eq!(night.runs()["users"], 2);
    }
}

#[tokio::test]
async fn a_newer_day_waits_for_what_the_older_one_waited_for() {
    let night = Night::new().await;
    night.bigquery.spoil_next("users", Fault::Never);
    night
        .report("m-1", &Export::of(BEFORE).put(&night.bigquery).message())
        .await;
    night.wait(1);
    night
        .report(
            "m-2",
            &Export::of(BEFORE).retried(2).put(&night.bigquery).message(),
        )
        .await;
    night.wait(1);
    night
        .report("m-3", &Export::of(DAY).put(&night.bigquery).message())
        .await;
    assert_eq!(night.record(BEFORE)["state"], "incomplete");
    night.bigquery.finish_runs();
    night.tick().await;
    assert_eq!((night.runs()["users"], night.runs()["orders"]), (1, 2));
}

#[tokio::test]
async fn an_older_day_is_not_opened_again_beside_a_newer_one_and_says_what_it_leaves() {
    let night = Night::new().await;
    night
        .report("m-1", &Export::of(BEFORE).put(&night.bigquery).message())
        .await;
    night.bigquery.finish_runs();
    night.tick().await;
    night.wait(1);
    night
        .report("m-2", &Export::of(DAY).put(&night.bigquery).message())
        .await;
    let words = dropped(night.send("m-3", &force("2026-11-20")).await);
    assert!(
        words.contains("app-db-20261121 is not at its end"),
        "{words}"
    );
    assert_eq!(night.runs()["users"], 2);
    night.bigquery.finish_runs();
    assert_eq!(only(night.tick().await).state, RunState::Verified);
    night.report("m-4", &force("2026-11-20")).await;
    night.bigquery.finish_runs();
    let report = only(night.tick().await);
    assert_eq!(report.state, RunState::Verified);
    assert!(
        report
            .warnings
            .iter()
            .any(|words| words.contains("2026-11-20 now, which is older than that of 20261121")),
        "{report:?}"
    );
}

#[tokio::test]
async fn two_days_at_the_same_moment_load_the_newer_one_only() {
    let night = Night::new().await;
    let messages = [BEFORE, DAY].map(|date| Export::of(date).put(&night.bigquery).message());
    let [one, another] = &messages;
    let (one, another) = tokio::join!(night.send("m-1", one), night.send("m-2", another));
    drop((one, another));
    for message in &messages {
        night.send("again", message).await;
    }
    night.bigquery.finish_runs();
    night.tick().await;
    night.bigquery.finish_runs();
    night.tick().await;
    assert_eq!(night.record(DAY)["state"], "verified");
    let runs = night.bigquery.runs();
    let newest = runs
        .iter()
        .filter(|run| run["runTime"] == "2026-11-20T15:00:00.000000Z");
    assert_eq!(newest.count(), 2, "{runs:?}");
}

#[tokio::test]
async fn a_process_that_stood_still_starts_nothing_any_more() {
    let night = Night::new().await;
    let message = Export::of(DAY).put(&night.bigquery).message();
    let taking_over = Mutex::new(Some(
        night.taking_over("bigquery-transfer/2026/11/21/app-db-20261121.json"),
    ));
    // The last request before a start is the list of the runs of the config.
    night
        .bigquery
        .before(When::path("/runs").first(1), move |_| {
            if let Some(taking_over) = taking_over.lock().unwrap().take() {
                taking_over();
            }
        });
    let outcome = night.send("m-1", &message).await;
    assert!(!matches!(outcome, Outcome::Done(_)), "{outcome:?}");
    assert!(night.runs().is_empty());
}

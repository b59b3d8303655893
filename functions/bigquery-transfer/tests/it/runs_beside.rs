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
        let next = match next {
            "retried" => Export::of(DAY).retried(2),
            _ => {
                night.wait(24 * 60);
                Export::of("20261122")
            }
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
        fields["params"]["data_path"] = elsewhere.into()
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

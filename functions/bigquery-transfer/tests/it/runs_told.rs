//! What people are told of runs, and what they are not told twice.

use function_core::{Outcome, RunState};
use serde_json::json;
use simulators::When;
use simulators::bigquery::{Fault, denied};

use crate::night::{DATASET, Export, Night, dropped, only};

const DAY: &str = "20261121";

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
async fn several_troubles_are_told_once_in_whatever_order_they_come_and_a_new_one_is_told() {
    let night = Night::new().await;
    let tables: Vec<(String, u64)> = (1..=9)
        .map(|number| (format!("t{number}"), number))
        .collect();
    let tables: Vec<_> = tables
        .iter()
        .map(|(name, rows)| (name.as_str(), *rows))
        .collect();
    let export = Export::of(DAY).tables(&tables).put(&night.bigquery);
    night.report("m-1", &export.message()).await;
    night.bigquery.finish_runs();
    // The record keeps tables in the order of their names, and runs are in the order of their starts.
    let record = night.record(DAY);
    let run_of = |table: &str| {
        let run = &record["checkpoint"]["tables"][format!("app.{table}")]["run"];
        run.as_str().unwrap().rsplit_once('/').unwrap().1.to_owned()
    };
    let deny = |table: &str| {
        let logs = format!("{}/transferLogs", run_of(table));
        night
            .bigquery
            .script(When::path(&logs), denied("bigquery.transfers.get"));
    };
    for table in ["t1", "t3", "t5"] {
        deny(table);
    }
    for _ in 0..6 {
        night.tick().await;
        night.wait(5);
    }
    assert_eq!(night.sink.words().len(), 1, "{:?}", night.sink.words());
    let words = night.sink.words().join("");
    let at = |table: &str| words.find(&format!("app.{table}:")).unwrap();
    assert!(at("t1") < at("t3") && at("t3") < at("t5"), "{words}");
    night.bigquery.clear_script();
    night.tick().await;
    assert_eq!(night.record(DAY)["state"], "verified");
}

#[tokio::test]
async fn a_table_that_is_not_exported_any_more_is_told_once() {
    let night = Night::new().await;
    night
        .report("m-1", &Export::of(DAY).put(&night.bigquery).message())
        .await;
    night.bigquery.finish_runs();
    assert_eq!(only(night.tick().await).state, RunState::Verified);
    for date in ["20261122", "20261123"] {
        night.wait(24 * 60);
        let export = Export::of(date)
            .tables(&[("orders", 1200)])
            .put(&night.bigquery);
        night.report(date, &export.message()).await;
        night.bigquery.finish_runs();
        assert_eq!(only(night.tick().await).state, RunState::Verified);
        let told = night.sink.words();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].contains("BigQuery keeps their old rows: app.audits; app.users"),
            "{told:?}"
        );
    }
}

#[tokio::test]
async fn a_message_that_is_refused_is_told_to_people() {
    let night = Night::new().await;
    let refused = [
        ("engine", json!("sqlserver-ee"), "the engine `sqlserver-ee`"),
        ("logicalDate", json!("2026-11-28"), "has not begun yet"),
        ("tables", json!([]), "is said to have no table"),
        ("dryrun", json!(true), "unknown field `dryrun`"),
    ];
    for (number, (key, value, words)) in refused.into_iter().enumerate() {
        let mut message = Export::of(DAY).put(&night.bigquery).message();
        message[key] = value;
        let answer = dropped(night.send(key, &message).await);
        let told = night.sink.words();
        assert!(answer.contains(words), "{answer}");
        assert_eq!(told.len(), number + 1, "{told:?}");
        assert!(told[number].contains(words), "{told:?}");
    }
    assert!(night.runs().is_empty() && night.bigquery.writes().is_empty());
    // One that is only early comes again.
    let mut early = Export::of(DAY).message();
    early["logicalDate"] = json!("2026-11-22");
    assert!(matches!(
        night.send("early", &early).await,
        Outcome::Retry(_)
    ));
    assert_eq!(night.sink.words().len(), 4);
}

#[tokio::test]
async fn a_day_that_waited_for_an_earlier_run_in_vain_names_it() {
    let night = Night::new().await;
    night.bigquery.spoil_next("users", Fault::Never);
    night
        .report(
            "m-1",
            &Export::of("20261120").put(&night.bigquery).message(),
        )
        .await;
    night.wait(1);
    night
        .report("m-2", &Export::of(DAY).put(&night.bigquery).message())
        .await;
    night.bigquery.finish_runs();
    night.tick().await;
    night.bigquery.finish_runs();
    night.wait(6 * 60 + 1);
    let words = dropped(night.tick().await);
    assert!(
        words.contains("app.users: its run was not started within 6h: the earlier run projects/")
            && words.contains("has not ended and may still write"),
        "{words}"
    );
    assert_eq!(night.runs()["users"], 1);
}

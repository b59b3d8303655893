//! What runs find and load.

use std::time::Duration;

use serde_json::json;
use simulators::bigquery::Options;

use super::{MIDNIGHT, Night, config};

const PLACE: &str = "export-20261122/app/app.users";

#[tokio::test]
async fn all_batches_of_the_day_replace_the_table() {
    let night = Night::start();
    night
        .bigquery
        .add_object("backups", &format!("{PLACE}/1/part-0.gz.parquet"), 40);
    night
        .bigquery
        .add_object("backups", &format!("{PLACE}/2/part-0.gz.parquet"), 2);
    night
        .bigquery
        .add_object("backups", &format!("{PLACE}/1/_SUCCESS"), 0);
    night.bigquery.add_object(
        "backups",
        &format!("{PLACE}_archive/1/part-0.gz.parquet"),
        1000,
    );
    night.bigquery.add_object(
        "backups",
        "export-20261121/app/app.users/1/part-0.gz.parquet",
        1000,
    );
    let name = night.create(config("users")).await;
    let (run, log) = night.ended(&name, MIDNIGHT).await;
    assert_eq!(run["state"], "SUCCEEDED");
    assert_eq!(night.rows("users"), Some(42));
    // S3 knows no wildcards: what begins alike is moved, and only what matches is loaded.
    assert!(log.contains("Moved 3 object(s)."), "{log}");
    assert!(
        log.contains("Summary: succeeded 1 jobs, failed 0 jobs."),
        "{log}"
    );
    night.assert_no_violation();
}

#[tokio::test]
async fn a_run_that_finds_nothing_succeeds_and_leaves_the_table_as_it_was() {
    let night = Night::start();
    night
        .bigquery
        .add_object("backups", &format!("{PLACE}/1/_SUCCESS"), 0);
    let name = night.create(config("users")).await;
    let (run, log) = night.ended(&name, MIDNIGHT).await;
    assert_eq!(run["state"], "SUCCEEDED");
    assert_eq!(run["errorStatus"], json!({}));
    assert!(log.contains("Moved 1 object(s)."), "{log}");
    let words = "No new files found matching s3://backups/export-20261122/app/app.users/*.parquet";
    assert!(log.contains(words), "{log}");
    assert_eq!(night.rows("users"), Some(3));
}

#[tokio::test]
async fn a_run_into_a_missing_table_fails() {
    let night = Night::start();
    night.bigquery.add_object(
        "backups",
        "export-20261122/app/app.orders/1/part-0.gz.parquet",
        1,
    );
    let name = night.create(config("orders")).await;
    let (run, log) = night.ended(&name, MIDNIGHT).await;
    assert_eq!(
        (&run["state"], &run["errorStatus"]["code"]),
        (&json!("FAILED"), &json!(5))
    );
    assert!(
        log.contains("Not found: Table demo-project:app_prod_rds_data.orders"),
        "{log}"
    );
    assert_eq!(night.rows("orders"), None);
}

#[tokio::test]
async fn appending_loads_only_what_is_newer_than_the_last_success() {
    let night = Night::start();
    let mut appending = config("users");
    appending["params"]["write_disposition"] = json!("WRITE_APPEND");
    let name = night.create(appending).await;
    night
        .bigquery
        .add_object("backups", &format!("{PLACE}/1/part-0.gz.parquet"), 40);
    night.ended(&name, MIDNIGHT).await;
    assert_eq!(night.rows("users"), Some(43));
    night.bigquery.advance(Duration::from_mins(1));
    night
        .bigquery
        .add_object("backups", &format!("{PLACE}/2/part-0.gz.parquet"), 2);
    night.ended(&name, MIDNIGHT).await;
    assert_eq!(night.rows("users"), Some(45));
    let (_, log) = night.ended(&name, MIDNIGHT).await;
    assert!(log.contains("No new files found matching"), "{log}");
    assert_eq!(night.rows("users"), Some(45));
}

#[tokio::test]
async fn an_object_is_seen_when_it_is_old_enough() {
    let night = Night::with(Options {
        visible_after: Duration::from_mins(5),
        ..Options::default()
    });
    night
        .bigquery
        .add_object("backups", &format!("{PLACE}/1/part-0.gz.parquet"), 40);
    let name = night.create(config("users")).await;
    night.bigquery.advance(Duration::from_secs(299));
    let (_, log) = night.ended(&name, MIDNIGHT).await;
    assert!(log.contains("Moved 0 object(s)."), "{log}");
    assert_eq!(night.rows("users"), Some(3));
    night.bigquery.advance(Duration::from_secs(1));
    night.ended(&name, MIDNIGHT).await;
    assert_eq!(night.rows("users"), Some(40));
}

#[tokio::test]
async fn two_wildcards_stay_within_their_folders() {
    let night = Night::start();
    let mut wild = config("users");
    wild["params"]["data_path"] = json!("s3://backups/*/app/app.users/*.parquet");
    let name = night.create(wild).await;
    night
        .bigquery
        .add_object("backups", &format!("{PLACE}/1/part-0.gz.parquet"), 40);
    night
        .bigquery
        .add_object("backups", &format!("{PLACE}/part-0.gz.parquet"), 2);
    night.ended(&name, MIDNIGHT).await;
    assert_eq!(night.rows("users"), Some(2));
}

#[tokio::test]
async fn names_with_braces_are_escaped() {
    let night = Night::start();
    let mut braces = config("users");
    braces["params"]["data_path"] = json!(r"s3://backups/x-{run_date}/app/app.a\{b\}/*.parquet");
    let name = night.create(braces).await;
    night
        .bigquery
        .add_object("backups", "x-20261121/app/app.a{b}/1/part-0.gz.parquet", 7);
    night.ended(&name, MIDNIGHT).await;
    assert_eq!(night.rows("users"), Some(7));
}

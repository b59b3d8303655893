//! `bq`, a client that is not ours, finds the simulator to be the Data Transfer Service and BigQuery.

use serde_json::{Value, json};
use test_services::Bq;

use super::{DATASET, MIDNIGHT, Night, config};

const LOCATION: &str = "--transfer_location=asia-northeast1";

impl Night {
    fn bq(&self) -> Bq {
        Bq::new(&self.bigquery.address(), "demo-project").unwrap()
    }
}

/// The parameters that the article gives to `bq`, with its one partition.
fn parameters() -> String {
    let mut parameters = config("users")["params"].clone();
    parameters["data_path"] =
        json!(r#"s3://backups/export-{run_time|"%Y%m%d"}/app/app.users/1/*.parquet"#);
    parameters.to_string()
}

#[tokio::test]
async fn gcloud_bq_runs_the_commands_of_the_article() {
    let night = Night::start();
    let bq = night.bq();
    let listed = bq
        .run(&["ls", "--transfer_config", LOCATION])
        .await
        .unwrap();
    assert!(!listed.contains("app-users-transfer"), "{listed}");

    let parameters = format!("--params={}", parameters());
    let dataset = format!("--target_dataset={DATASET}");
    let create = [
        "mk",
        "--transfer_config",
        &dataset,
        "--display_name=app-users-transfer",
        &parameters,
    ];
    let create = [
        &create[..],
        &["--data_source=amazon_s3", "--schedule=every day 03:00"],
    ]
    .concat();
    let made = bq.run(&create).await.unwrap();
    assert!(made.contains("successfully created"), "{made}");
    let listed = bq
        .run(&["ls", "--transfer_config", LOCATION])
        .await
        .unwrap();
    assert!(listed.contains("app-users-transfer"), "{listed}");

    let config = night.bigquery.configs()[0].clone();
    let name = config["name"].as_str().unwrap();
    assert_eq!(night.bigquery.secret(name).as_deref(), Some("hush"));
    assert_eq!(config["nextRunTime"], "2026-11-22T03:00:00.000000Z");
    bq.run(&[
        "update",
        "--transfer_config",
        "--schedule=every day 17:00",
        name,
    ])
    .await
    .unwrap();
    let told = bq.json(&["show", "--transfer_config", name]).await.unwrap();
    assert_eq!(told["nextRunTime"], "2026-11-22T17:00:00.000000Z");
    assert!(!told.to_string().contains("hush"));
    night.assert_no_violation();
}

#[tokio::test]
async fn gcloud_bq_starts_a_run_and_reads_its_log() {
    let night = Night::start();
    let bq = night.bq();
    night.bigquery.add_object(
        "backups",
        "export-20261122/app/app.users/1/part-0.parquet",
        42,
    );
    let name = night.create(config("users")).await;
    let run_time = format!("--run_time={MIDNIGHT}");
    bq.run(&["mk", "--transfer_run", &run_time, &name])
        .await
        .unwrap();
    night.bigquery.finish_runs();

    let runs = bq
        .json(&["ls", "--transfer_run", "--run_attempt=LATEST", &name])
        .await
        .unwrap();
    assert_eq!(runs[0]["state"], "SUCCEEDED", "{runs}");
    let run = runs[0]["name"].as_str().unwrap();
    let told = bq.json(&["show", "--transfer_run", run]).await.unwrap();
    assert_eq!(told["runTime"], "2026-11-21T15:00:00.000000Z");
    let log = bq
        .json(&[
            "ls",
            "--transfer_log",
            "--message_type=messageTypes:INFO",
            run,
        ])
        .await
        .unwrap();
    assert!(log.to_string().contains("Moved 1 object(s)."), "{log}");

    let table = bq
        .json(&["show", &format!("{DATASET}.users")])
        .await
        .unwrap();
    assert_eq!(table["numRows"], "42");
    bq.run(&["rm", "-f", "--transfer_config", &name])
        .await
        .unwrap();
    assert!(night.bigquery.configs().is_empty());
    night.assert_no_violation();
}

#[tokio::test]
async fn gcloud_bq_makes_a_dataset_with_a_table_and_empties_it() {
    let night = Night::start();
    let bq = night.bq();
    bq.run(&[
        "mk",
        "--dataset",
        "--location=asia-northeast1",
        "demo-project:made",
    ])
    .await
    .unwrap();
    bq.run(&["mk", "--table", "made.users", "id:INTEGER,name:STRING"])
        .await
        .unwrap();
    let listed: Value = bq.json(&["ls", "made"]).await.unwrap();
    assert_eq!(listed[0]["tableReference"]["tableId"], "users");
    let shown = bq.json(&["show", "made.users"]).await.unwrap();
    assert_eq!(shown["schema"]["fields"][1]["name"], "name");
    night.bigquery.add_table("made", "users", 9);
    let truncate = [
        "query",
        "--nouse_legacy_sql",
        "--location=asia-northeast1",
        "TRUNCATE TABLE made.users",
    ];
    bq.run(&truncate).await.unwrap();
    assert_eq!(night.bigquery.rows("made", "users"), Some(0));
    bq.run(&["rm", "-f", "--table", "made.users"])
        .await
        .unwrap();
    assert!(night.bigquery.tables("made").is_empty());
    night.assert_no_violation();
}

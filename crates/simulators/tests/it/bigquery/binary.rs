//! The simulator on its own, as benchmarks start it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{MIDNIGHT, config};
use crate::process::Process;

#[tokio::test]
async fn the_binary_says_where_it_is_and_writes_down_its_requests() {
    let folder = tempfile::tempdir().unwrap();
    let (objects, journal) = (folder.path().join("objects"), folder.path().join("journal"));
    let object = json!({ "bucket": "backups", "key": "export-20261122/app/app.users/1/part-0.parquet", "rows": 5 });
    std::fs::write(&objects, format!("{object}\n")).unwrap();
    let arguments = "bigquery --dataset app_prod_rds_data:asia-northeast1 --run-ms 200";
    let files = format!(
        "--objects {} --requests {}",
        objects.display(),
        journal.display()
    );
    let simulator = Process::start(&format!("{arguments} {files}")).await;
    let address = simulator.word("url");

    let client = reqwest::Client::new();
    let post = async |path: &str, body: Value| {
        let answer = client
            .post(format!("{address}{path}"))
            .json(&body)
            .send()
            .await
            .unwrap();
        answer.json::<Value>().await.unwrap()
    };
    let project = "projects/demo-project";
    let tables = format!("/bigquery/v2/{project}/datasets/app_prod_rds_data/tables");
    post(&tables, json!({ "tableReference": { "tableId": "users" } })).await;
    let parent = format!("/v1/{project}/locations/asia-northeast1/transferConfigs");
    let made = post(&parent, config("users")).await;
    let start = format!("/v1/{}:startManualRuns", made["name"].as_str().unwrap());
    post(&start, json!({ "requestedRunTime": MIDNIGHT })).await;

    // The run ends by the clock, whoever looks.
    let started = Instant::now();
    loop {
        let table = client
            .get(format!("{address}{tables}/users"))
            .send()
            .await
            .unwrap();
        if table.json::<Value>().await.unwrap()["numRows"] == "5" {
            break;
        }
        assert!(started.elapsed() < Duration::from_mins(1));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let journal = std::fs::read_to_string(journal).unwrap();
    let first: Vec<Value> = journal
        .lines()
        .take(3)
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let paths: Vec<&Value> = first.iter().map(|request| &request["path"]).collect();
    assert_eq!(paths, [&tables, &parent, &start]);
    assert!(!journal.contains("hush"));
}

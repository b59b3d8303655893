use std::fs;
use std::process::Stdio;

use serde_json::{Value, json};
use simulators::Objects;
use test_services::Moto;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

#[tokio::test]
async fn the_binary_says_in_one_line_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    let mut simulator = Command::new(env!("CARGO_BIN_EXE_simulators"))
        .args([
            "kintone",
            "--https",
            "--records",
            "700",
            "--token",
            "secret",
            "--ca-out",
        ])
        .arg(&ca)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(simulator.stdout.take().unwrap()).lines();
    let ready: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();

    let ca = reqwest::Certificate::from_pem(&fs::read(ready["ca"].as_str().unwrap()).unwrap());
    let client = reqwest::Client::builder()
        .tls_certs_only([ca.unwrap()])
        .build()
        .unwrap();
    let (url, app) = (ready["url"].as_str().unwrap(), &ready["app"]);
    let url = format!("{url}/k/v1/records.json?app={app}&totalCount=true");
    let request = client
        .get(url)
        .header("X-Cybozu-API-Token", ready["token"].as_str().unwrap());
    let body: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(body["totalCount"], "700");
}

#[tokio::test]
async fn the_binary_exports_the_tables_of_the_article_by_itself() {
    let moto = Moto::start("other").await.unwrap();
    let mut simulator = Command::new(env!("CARGO_BIN_EXE_simulators"))
        .args(["dynamodb", "--bucket", "night", "--duration-seconds", "0"])
        .args(["--s3", moto.address()])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(simulator.stdout.take().unwrap()).lines();
    let ready: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();

    let wanted = json!({ "TableArn": ready["tables"][0], "S3Bucket": ready["bucket"] });
    let request = reqwest::Client::new()
        .post(ready["url"].as_str().unwrap())
        .header("authorization", "AWS4-HMAC-SHA256 Credential=any")
        .header("x-amz-target", "DynamoDB_20120810.ExportTableToPointInTime")
        .body(wanted.to_string());
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    let arn = answer["ExportDescription"]["ExportArn"].as_str().unwrap();
    let id = arn.rsplit('/').next().unwrap();
    let manifest = format!("AWSDynamoDB/{id}/manifest-summary.json");
    let store = Objects::s3(moto.address());
    // Nobody asks the simulator again: the export ends by itself.
    let summary = loop {
        if let Ok(summary) = store.get("night", &manifest) {
            break summary;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    let summary: Value = serde_json::from_slice(&summary).unwrap();
    assert_eq!(summary["itemCount"], 6);
}

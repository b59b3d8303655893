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

#[tokio::test]
async fn the_binary_takes_tables_and_writes_that_it_only_counts() {
    let mut simulator = Command::new(env!("CARGO_BIN_EXE_simulators"))
        .args(["dynamodb", "--null-sink", "--latency-ms", "1"])
        .args(["--table", "plain:id", "--table", "orders:customer,number:N"])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(simulator.stdout.take().unwrap()).lines();
    let ready: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
    let url = ready["url"].as_str().unwrap();
    let client = reqwest::Client::new();
    let asked = async |action: &str, body: Value| -> Value {
        let request = client
            .post(url)
            .header("authorization", "AWS4-HMAC-SHA256 Credential=any")
            .header("x-amz-target", format!("DynamoDB_20120810.{action}"));
        let answer = request.body(body.to_string()).send().await.unwrap();
        answer.json().await.unwrap()
    };
    let orders = asked("DescribeTable", json!({ "TableName": "orders" })).await;
    let kinds = json!([
        { "AttributeName": "customer", "AttributeType": "S" },
        { "AttributeName": "number", "AttributeType": "N" },
    ]);
    assert_eq!(orders["Table"]["AttributeDefinitions"], kinds);
    let put = |id: &str| json!({ "PutRequest": { "Item": { "id": { "S": id } } } });
    let batch = json!({ "RequestItems": { "plain": [put("a"), put("b")] } });
    let answer = asked("BatchWriteItem", batch).await;
    assert_eq!(answer, json!({ "UnprocessedItems": {} }));
    let tally = client.get(format!("{url}/tally")).send().await.unwrap();
    let tally: Value = tally.json().await.unwrap();
    assert_eq!(
        (&tally["put"], &tally["calls"]["BatchWriteItem"]),
        (&json!(2), &json!(1))
    );
}

#[tokio::test]
async fn the_binary_refuses_a_table_without_a_proper_key() {
    for table in ["orders", "orders:", ":id", "orders:id:X", "orders:a,b,c"] {
        let output = Command::new(env!("CARGO_BIN_EXE_simulators"))
            .args(["dynamodb", "--table", table])
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        assert_eq!(output.await.unwrap().status.code(), Some(2), "{table}");
    }
}

use std::fs;
use std::process::Stdio;

use serde_json::{Value, json};
use simulators::Objects;
use test_services::Moto;
use tokio::process::Command;

use crate::process::Process;

#[tokio::test]
async fn the_binary_says_in_one_line_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    let arguments = "kintone --https --records 700 --token secret --ca-out";
    let simulator = Process::start(&format!("{arguments} {}", ca.display())).await;

    let ca = reqwest::Certificate::from_pem(&fs::read(simulator.word("ca")).unwrap());
    let client = reqwest::Client::builder()
        .tls_certs_only([ca.unwrap()])
        .build()
        .unwrap();
    let (url, app) = (simulator.word("url"), &simulator.ready["app"]);
    let url = format!("{url}/k/v1/records.json?app={app}&totalCount=true");
    let request = client
        .get(url)
        .header("X-Cybozu-API-Token", simulator.word("token"));
    let body: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(body["totalCount"], "700");
}

#[tokio::test]
async fn the_binary_exports_the_tables_of_the_article_by_itself() {
    let moto = Moto::start("other").await.unwrap();
    let arguments = "dynamodb --bucket night --duration-seconds 0 --s3";
    let simulator = Process::start(&format!("{arguments} {}", moto.address())).await;

    let wanted =
        json!({ "TableArn": simulator.ready["tables"][0], "S3Bucket": simulator.ready["bucket"] });
    let request = reqwest::Client::new()
        .post(simulator.word("url"))
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
    let arguments =
        "dynamodb --null-sink --latency-ms 1 --table plain:id --table orders:customer,number:N";
    let simulator = Process::start(arguments).await;
    let url = simulator.word("url");
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

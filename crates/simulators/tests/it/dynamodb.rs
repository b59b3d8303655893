//! DynamoDB's exports, asked for over the wire and read from the store.

mod boto3;
mod data;
mod faults;
mod layout;
mod listing;
mod reader;
mod replay;
mod starting;
mod tables;
mod windows;

use std::sync::LazyLock;

use jiff::Timestamp;
use reqwest::Client;
use serde_json::{Value, json};
use simulators::DynamoDb;
use simulators::dynamodb::{Options, Table};

/// Half past three in the morning of 22 November 2026 in Tokyo.
const NOW: &str = "2026-11-21T18:30:00Z";

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

/// Seconds since 1970, as requests have times.
fn seconds(time: &str) -> i64 {
    at(time).as_second()
}

/// A time as answers have it.
fn told(time: &str) -> Value {
    json!(f64::from(u32::try_from(seconds(time)).unwrap()))
}

/// The tables of the article, at [`NOW`], which stands still.
fn article() -> DynamoDb {
    with(Options::default())
}

fn with(options: Options) -> DynamoDb {
    let now = Some(options.now.unwrap_or(at(NOW)));
    let dynamodb = DynamoDb::start(Options { now, ..options });
    dynamodb.add_table(Table::article("table1"));
    dynamodb.add_table(Table::article("table2"));
    dynamodb
}

/// Making a client takes longer than a call. No connection is kept, as each test has a runtime of its own.
static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let builder = Client::builder().pool_max_idle_per_host(0);
    builder.build().unwrap()
});

/// Calls `action`, and gives status and JSON.
async fn call(dynamodb: &DynamoDb, action: &str, body: Value) -> (u16, Value) {
    let request = CLIENT.post(dynamodb.address());
    let response = request
        .header("authorization", "AWS4-HMAC-SHA256 Credential=any")
        .header("x-amz-target", format!("DynamoDB_20120810.{action}"))
        .body(body.to_string())
        .send()
        .await
        .unwrap();
    let status = response.status().as_u16();
    (status, response.json().await.unwrap())
}

async fn answered(dynamodb: &DynamoDb, action: &str, body: Value) -> Value {
    let (status, answer) = call(dynamodb, action, body).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

/// The code and the message of a refusal.
async fn refused(dynamodb: &DynamoDb, action: &str, body: Value) -> (String, String) {
    let (status, answer) = call(dynamodb, action, body).await;
    assert_eq!(status, 400, "{answer}");
    let code = answer["__type"].as_str().unwrap().rsplit('#').next();
    let message = answer["message"].as_str().unwrap();
    (code.unwrap().to_owned(), message.to_owned())
}

/// A request to export `table` to the bucket `night`, with `more` members.
fn request(dynamodb: &DynamoDb, table: &str, more: Value) -> Value {
    let mut request = json!({ "TableArn": dynamodb.table_arn(table), "S3Bucket": "night" });
    let Value::Object(more) = more else {
        panic!("members come as an object");
    };
    request.as_object_mut().unwrap().extend(more);
    request
}

/// Starts an export and gives its ARN.
async fn export(dynamodb: &DynamoDb, table: &str, more: Value) -> String {
    let request = request(dynamodb, table, more);
    let answer = answered(dynamodb, "ExportTableToPointInTime", request).await;
    let arn = answer["ExportDescription"]["ExportArn"].as_str();
    arn.unwrap().to_owned()
}

/// The description of an export.
async fn described(dynamodb: &DynamoDb, arn: &str) -> Value {
    let answer = answered(dynamodb, "DescribeExport", json!({ "ExportArn": arn })).await;
    answer["ExportDescription"].clone()
}

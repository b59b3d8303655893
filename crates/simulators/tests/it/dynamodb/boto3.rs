//! boto3, a client that is not ours, finds the simulator to be a DynamoDB.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use simulators::dynamodb::{Options, PointInTimeRecovery, Table, Trouble, refuse};
use simulators::{DynamoDb, Effect, Objects, When};
use test_services::Moto;
use tokio::process::Command;

use super::{article, with};

/// Runs a story of `boto3_client.py`; the addresses are of DynamoDB and of S3.
async fn tells(story: &str, dynamodb: &DynamoDb, s3: &str) {
    tells_at(story, &dynamodb.address(), s3).await;
}

/// The same of any DynamoDB.
async fn tells_at(story: &str, dynamodb: &str, s3: &str) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/dynamodb/boto3_client.py");
    let mut command = Command::new("python3");
    command.arg(script).args([story, dynamodb, s3]);
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(Duration::from_mins(1), command.output()).await;
    let output = output
        .unwrap()
        .expect("python3 with boto3 is needed: ./test.sh installs both");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{story}: {errors}");
}

#[tokio::test]
async fn it_starts_follows_and_reads_an_export() {
    let moto = Moto::start("night").await.unwrap();
    let dynamodb = with(Options {
        objects: Objects::s3(moto.address()),
        ..Options::default()
    });
    // The second look at the export comes when it is done.
    dynamodb.before(When::action("DescribeExport").nth(2), |account| {
        account.advance(Duration::from_mins(12));
    });
    tells("export", &dynamodb, moto.address()).await;
}

#[tokio::test]
async fn it_pages_through_exports_by_hand() {
    let dynamodb = article();
    dynamodb.before(When::action("ExportTableToPointInTime"), |account| {
        account.advance(Duration::from_secs(1));
    });
    tells("list", &dynamodb, "").await;
}

#[tokio::test]
async fn it_understands_every_refusal() {
    let dynamodb = article();
    dynamodb.add_table(Table::article("off").recovery(PointInTimeRecovery::Off));
    dynamodb.add_table(Table::article("young").recovery(PointInTimeRecovery::Unavailable));
    tells("refusals", &dynamodb, "").await;
}

#[tokio::test]
async fn it_describes_tables() {
    let dynamodb = article();
    dynamodb.add_table(Table::new("tagged", &[("id", "S")]).tag("backup", "nightly"));
    tells("tables", &dynamodb, "").await;
}

#[tokio::test]
async fn it_tries_again_after_throttling_a_failure_and_a_cut() {
    let dynamodb = article();
    let list = || When::action("ListTables");
    dynamodb.script(
        list().nth(1),
        refuse("ThrottlingException", "Rate exceeded"),
    );
    dynamodb.script(
        list().nth(2),
        refuse("InternalServerError", "The request failed"),
    );
    dynamodb.script(list().nth(3), Effect::Cut);
    tells("retries", &dynamodb, "").await;
    assert_eq!(dynamodb.requests().len(), 4);
}

#[tokio::test]
async fn it_writes_and_reads_items_as_it_does_with_moto() {
    let moto = Moto::start("night").await.unwrap();
    tells_at("items", moto.address(), "").await;
    tells("items", &article(), "").await;
}

#[tokio::test]
async fn its_batch_writer_sends_again_what_was_left() {
    let dynamodb = article();
    dynamodb.add_table(Table::new("target", &[("id", "S")]));
    let thirty = Trouble::Unprocessed {
        percent: 30,
        seed: 5,
    };
    dynamodb.trouble("target", thirty);
    tells("batch-writer", &dynamodb, "").await;
    assert_eq!(dynamodb.items("target").len(), 200);
    assert!(dynamodb.tally().unprocessed > 30);
}

#[tokio::test]
async fn it_understands_every_refusal_of_a_write() {
    let dynamodb = article();
    dynamodb.add_table(Table::new("starved", &[("id", "S")]));
    let all = Trouble::Unprocessed {
        percent: 100,
        seed: 0,
    };
    dynamodb.trouble("starved", all);
    let full = Trouble::Refused {
        key: json!({ "id": { "S": "full" } }),
        code: "ItemCollectionSizeLimitExceededException".to_owned(),
        message: "Collection size exceeded.".to_owned(),
    };
    dynamodb.trouble("table1", full);
    tells("refused-writes", &dynamodb, "").await;
}

#[tokio::test]
async fn it_imports_an_export() {
    let moto = Moto::start("night").await.unwrap();
    let dynamodb = with(Options {
        objects: Objects::s3(moto.address()),
        ..Options::default()
    });
    dynamodb.before(When::path("").nth(3), |account| {
        account.advance(Duration::from_mins(12));
    });
    dynamodb.before(When::action("DescribeImport").nth(2), |account| {
        account.advance(Duration::from_mins(12));
    });
    tells("import", &dynamodb, "").await;
    assert_eq!(dynamodb.items("new"), dynamodb.items("table1"));
}

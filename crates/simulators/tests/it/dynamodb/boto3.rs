//! boto3, a client that is not ours, finds the simulator to be a DynamoDB.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use simulators::dynamodb::{Options, PointInTimeRecovery, Table, refuse};
use simulators::{DynamoDb, Effect, Objects, When};
use test_services::Moto;
use tokio::process::Command;

use super::{article, with};

/// Runs a story of `boto3_client.py`; the addresses are of DynamoDB and of S3.
async fn tells(story: &str, dynamodb: &DynamoDb, s3: &str) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/dynamodb/boto3_client.py");
    let mut command = Command::new("python3");
    command.arg(script).args([story, &dynamodb.address(), s3]);
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

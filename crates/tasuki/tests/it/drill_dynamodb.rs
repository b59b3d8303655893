//! `tasuki drill dynamodb`, against a simulated DynamoDB and S3.

use std::process::Output;
use std::time::Duration;

use serde_json::{Value, json};
use simulators::dynamodb::{DynamoDb, Options, Table};
use simulators::{Answer, Effect, S3, When, s3};
use tempfile::TempDir;

use crate::command::{tasuki, text};

/// A table whose export is verified, and people who drill.
struct Desk {
    dynamodb: DynamoDb,
    s3: S3,
    folder: TempDir,
}

impl Desk {
    fn exported() -> Self {
        let s3 = S3::start(s3::Options::default());
        s3.objects()
            .create_bucket("backups", "ap-northeast-1")
            .unwrap();
        let dynamodb = DynamoDb::start(Options {
            objects: s3.objects(),
            duration: Duration::ZERO,
            exports_up_to_now: true,
            ..Options::default()
        });
        let table = (0..60).fold(Table::new("orders", &[("id", "S")]), |table, id: u32| {
            table.item(json!({ "id": { "S": id.to_string() }, "price": { "N": "1.50" } }))
        });
        dynamodb.add_table(table);
        let folder = TempDir::new().unwrap();
        let desk = Self {
            dynamodb,
            s3,
            folder,
        };
        // It begins, it is looked at, it is verified.
        for _ in 0..3 {
            let output = desk.tasuki(&["invoke", "dynamodb-export"]);
            assert!(output.status.success(), "{}{output:?}", text(&output));
            if text(&output).contains("verified") {
                return desk;
            }
        }
        panic!("the export was not verified");
    }

    fn tasuki(&self, arguments: &[&str]) -> Output {
        let (dynamodb, s3) = (self.dynamodb.address(), self.s3.address());
        let settings = [
            ("AWS_REGION", "ap-northeast-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_ENDPOINT_URL_DYNAMODB", &dynamodb),
            ("AWS_ENDPOINT_URL_S3", &s3),
            ("EXPORT_S3_BUCKET", "backups"),
            ("TABLES", "orders"),
        ];
        tasuki(self.folder.path(), arguments, &settings)
    }

    fn drill(&self, more: &[&str]) -> (Option<i32>, String) {
        let output = self.tasuki(&[&["drill", "dynamodb"], more].concat());
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), text(&output) + &errors)
    }

    /// When the table was last proven, and by which run.
    fn proof(&self) -> Value {
        let note = self
            .s3
            .objects()
            .get("backups", "runs/dynamodb-restore/drills/orders.json");
        serde_json::from_slice(&note.unwrap()).unwrap()
    }
}

#[test]
fn the_newest_backup_is_proven_and_the_proof_is_told_and_kept() {
    let desk = Desk::exported();
    let (code, words) = desk.drill(&["--dry-run"]);
    assert_eq!(code, Some(0), "{words}");
    assert_eq!(desk.dynamodb.tally().put, 0, "{words}");
    let (code, words) = desk.drill(&[]);
    assert_eq!(code, Some(0), "{words}");
    assert!(
        words.contains("dynamodb-restore: verified drill-orders-"),
        "{words}"
    );
    assert_eq!(desk.dynamodb.tally().put, 60);
    let proof = desk.proof();
    let run = proof["proven"]["run"].as_str().unwrap();
    assert!(words.contains(run), "{words}: {proof}");
    // Proven is proven, unless somebody wants it once more.
    let (code, words) = desk.drill(&[]);
    assert_eq!((code, desk.dynamodb.tally().put), (Some(0), 60), "{words}");
    let (code, words) = desk.drill(&["--force"]);
    assert_eq!((code, desk.dynamodb.tally().put), (Some(0), 120), "{words}");
}

#[test]
fn what_does_not_come_back_ends_the_drill_incomplete_and_proves_nothing() {
    let desk = Desk::exported();
    // The service says that it wrote a batch, and did not.
    let written = Answer::json(200, &json!({ "UnprocessedItems": {} }));
    let batch = When::action("BatchWriteItem").nth(1);
    desk.dynamodb.script(batch, Effect::Answer(written));
    let (code, words) = desk.drill(&[]);
    assert_eq!(code, Some(5), "{words}");
    for told in [
        "25 of 60 items are not in the table",
        "the backup was not proven",
        ".verification.json",
    ] {
        assert!(words.contains(told), "{told}: {words}");
    }
    assert!(!words.contains("emptying"), "its table is gone: {words}");
    assert_eq!(desk.proof()["proven"], Value::Null);
    let (code, words) = desk.drill(&["--force", "--json"]);
    assert_eq!(code, Some(0), "{words}");
    assert_ne!(desk.proof()["proven"], Value::Null);
}

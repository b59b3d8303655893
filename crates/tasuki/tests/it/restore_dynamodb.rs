//! `tasuki restore dynamodb`, against a simulated DynamoDB.

use std::fs;
use std::process::Output;
use std::time::Duration;

use serde_json::{Value, json};
use simulators::dynamodb::{DynamoDb, Options, Table};
use simulators::{Effect, When};
use tempfile::TempDir;

use crate::command::{started, tasuki, text};

/// A table, and a folder where an export of it was downloaded to: 300 items in three files.
struct Desk {
    dynamodb: DynamoDb,
    folder: TempDir,
}

impl Desk {
    fn new(table: Table) -> Self {
        let dynamodb = DynamoDb::start(Options::default());
        dynamodb.add_table(table);
        let folder = TempDir::new().unwrap();
        let data = folder.path().join("backup/AWSDynamoDB/01/data");
        fs::create_dir_all(&data).unwrap();
        for file in 0..3 {
            let lines =
                (file * 100..(file + 1) * 100).map(|id| json!({ "Item": item(id) }).to_string());
            let lines = lines.collect::<Vec<_>>().join("\n") + "\n";
            fs::write(data.join(format!("{file}.json")), lines).unwrap();
        }
        Self { dynamodb, folder }
    }

    fn restore(&self, arguments: &[&str]) -> Output {
        let address = self.dynamodb.address();
        let arguments = [&["restore", "dynamodb"], arguments].concat();
        tasuki(self.folder.path(), &arguments, &settings(&address))
    }

    fn count(&self) -> usize {
        self.dynamodb.items("table1").len()
    }
}

fn settings(address: &str) -> [(&str, &str); 5] {
    [
        ("AWS_ENDPOINT_URL_DYNAMODB", address),
        ("AWS_REGION", "ap-northeast-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("TABLE_NAME", "table1"),
    ]
}

fn table() -> Table {
    Table::new("table1", &[("id", "S")])
}

fn item(id: u32) -> Value {
    json!({ "id": { "S": id.to_string() }, "price": { "N": format!("{id}.50") } })
}

#[test]
fn the_articles_command_brings_the_items_back_and_shows_the_plan_first() {
    let desk = Desk::new(table());
    let output = desk.restore(&["backup/AWSDynamoDB/01/data"]);
    let words = text(&output);
    assert!(output.status.success(), "{words}{output:?}");
    assert_eq!(desk.count(), 300);
    let plan = words.find("empty-only").unwrap();
    let end = words.find("dynamodb-restore: verified").unwrap();
    assert!(plan < end, "{words}");
    assert!(
        desk.folder
            .path()
            .join("tasuki-runs/dynamodb-restore")
            .exists()
    );
}

#[test]
fn the_same_command_again_writes_nothing() {
    let desk = Desk::new(table());
    for _ in 0..2 {
        let output = desk.restore(&["backup/AWSDynamoDB/01/data"]);
        assert!(output.status.success(), "{output:?}");
        assert!(text(&output).contains("verified"), "{}", text(&output));
    }
    assert_eq!(desk.dynamodb.tally().put, 300);
}

#[test]
fn a_dry_run_prints_the_plan_in_words_and_writes_nothing() {
    let desk = Desk::new(table());
    let output = desk.restore(&["backup/AWSDynamoDB/01/data", "--dry-run"]);
    let words = text(&output);
    assert!(output.status.success(), "{words}{output:?}");
    assert!(
        words.contains("  table ") && !words.contains('{'),
        "{words}"
    );
    for told in [
        "exists yes, empty yes, keys id (S)",
        "estimated items",
        "estimated write units",
        "estimated time",
    ] {
        assert!(words.contains(told), "{told}: {words}");
    }
    assert_eq!(desk.count(), 0);
    assert!(!desk.folder.path().join("tasuki-runs").exists());
}

#[test]
fn keys_that_nothing_else_tells_are_an_option() {
    let desk = Desk::new(table());
    for (keys, code, told) in [
        ("id:S", 0, "keys match yes"),
        ("id:S,line:N", 0, "the exported table id (S), line (N)"),
        ("id", 2, "such as id:S,line:N"),
        ("id:S,line:N,more:B", 2, "one or two keys"),
    ] {
        let output = desk.restore(&["backup/AWSDynamoDB/01/data", "--keys", keys, "--dry-run"]);
        let words = format!(
            "{}{}",
            text(&output),
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(output.status.code(), Some(code), "{keys}: {words}");
        assert!(words.contains(told), "{keys}: {words}");
    }
}

#[test]
fn a_table_that_holds_items_is_written_only_when_it_is_named_again() {
    let desk = Desk::new(table().item(json!({ "id": { "S": "1" }, "price": { "N": "9" } })));
    let refused = [
        &["backup/AWSDynamoDB/01/data"][..],
        &["backup/AWSDynamoDB/01/data", "--mode", "overwrite"],
        &[
            "backup/AWSDynamoDB/01/data",
            "--mode",
            "overwrite",
            "--confirm",
            "table2",
        ],
    ];
    for arguments in refused {
        let output = desk.restore(arguments);
        let words = text(&output);
        assert_eq!(output.status.code(), Some(4), "{words}{output:?}");
        assert!(
            words.contains("table1 holds items") || words.contains("`table2`"),
            "{words}"
        );
        assert_eq!(desk.count(), 1);
    }
    let arguments = [
        "backup/AWSDynamoDB/01/data",
        "--mode",
        "overwrite",
        "--confirm",
        "table1",
    ];
    let output = desk.restore(&arguments);
    assert!(output.status.success(), "{}{output:?}", text(&output));
    assert_eq!(desk.count(), 300);
}

#[test]
fn a_killed_command_goes_on_when_it_is_typed_again() {
    let desk = Desk::new(table());
    // The second half does not come to an end before it is killed.
    let second_half = When::action("BatchWriteItem").from(6);
    desk.dynamodb
        .script(second_half, Effect::Delay(Duration::from_hours(1)));
    let arguments = ["restore", "dynamodb", "backup/AWSDynamoDB/01/data"];
    let address = desk.dynamodb.address();
    let mut command = started(desk.folder.path(), &arguments, &settings(&address));
    while desk.dynamodb.tally().put == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    command.kill().unwrap();
    command.wait().unwrap();
    desk.dynamodb.clear_script();
    assert!(desk.count() < 300, "it was done before it was killed");

    let output = desk.restore(&arguments[2..]);
    let words = text(&output);
    assert!(output.status.success(), "{words}{output:?}");
    assert!(words.contains("dynamodb-restore: verified"), "{words}");
    assert_eq!(desk.count(), 300);
}

#[test]
fn a_program_gets_one_json_object() {
    let desk = Desk::new(table());
    let output = desk.restore(&["backup/AWSDynamoDB/01/data", "--json"]);
    let outcome: Value = serde_json::from_str(&text(&output)).unwrap();
    assert_eq!(outcome["function"], "dynamodb-restore");
    assert_eq!(outcome["reports"][0]["state"], "verified");
    assert_eq!(outcome["exit"], 0);
}

#[test]
fn each_option_is_asked_of_the_restore() {
    let desk = Desk::new(table());
    let backup = "backup/AWSDynamoDB/01/data";
    for (options, words) in [
        (
            &["--mode", "skip-existing"][..],
            "where there is none of the same key",
        ),
        (
            &["--mode", "only-newer", "--newer-by", "price"],
            "where what is there is older",
        ),
        (&["--mode", "only-newer"], "newerBy"),
        (
            &["--mode", "overwrite", "--delete-extras"],
            "deleteExtras needs a manifest",
        ),
        (&["--verify", "count"], "read the table back: count"),
        (&["--import"], "let DynamoDB import"),
        (&["--table", "table2"], "there is no table table2"),
    ] {
        let output = desk.restore(&[&[backup, "--dry-run"], options].concat());
        let errors = String::from_utf8_lossy(&output.stderr);
        let said = text(&output) + &errors;
        assert!(said.contains(words), "{options:?}: {said}");
    }
    for (options, words) in [
        (&["--source", "orders"][..], "EXPORT_S3_BUCKET"),
        (
            &["--source", "orders", "--date", "2026-11-21"],
            "EXPORT_S3_BUCKET",
        ),
        (&["--as-of", "yesterday", backup], "asOf"),
    ] {
        let output = desk.restore(options);
        let errors = String::from_utf8_lossy(&output.stderr);
        let said = text(&output) + &errors;
        assert_ne!(output.status.code(), Some(0), "{options:?}: {said}");
        assert!(said.contains(words), "{options:?}: {said}");
    }
    assert_eq!(desk.count(), 0);
}

#[test]
fn a_damaged_line_is_named_and_leaves_the_restore_unverified() {
    let desk = Desk::new(table());
    let file = desk.folder.path().join("backup/AWSDynamoDB/01/data/1.json");
    let whole = fs::read_to_string(&file).unwrap();
    fs::write(&file, &whole[..whole.len() - 5]).unwrap();
    let output = desk.restore(&["backup/AWSDynamoDB/01/data"]);
    let words = text(&output);
    assert!(!output.status.success(), "{words}");
    assert!(
        words.contains("1.json") && words.contains("what to do"),
        "{words}"
    );
}

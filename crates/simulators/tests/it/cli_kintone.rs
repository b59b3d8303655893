//! The real cli-kintone finds the simulator to be a kintone.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use simulators::kintone::{App, Field, FieldType, Options};
use simulators::{Effect, Kintone, When};

use crate::node::{Desk, succeeded};

fn golden() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/all-types.csv");
    fs::read_to_string(path).unwrap()
}

/// A record without what a copy of it cannot share: keys, numbers, and who made it when.
fn plain(value: &Value) -> Value {
    const OWN: [&str; 9] = [
        "$id",
        "$revision",
        "id",
        "fileKey",
        "レコード番号",
        "更新者",
        "更新日時",
        "作成者",
        "作成日時",
    ];
    match value {
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(entries) => {
            let entries = entries
                .iter()
                .filter(|(key, _)| !OWN.contains(&key.as_str()));
            Value::Object(
                entries
                    .map(|(key, value)| (key.clone(), plain(value)))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}

#[tokio::test]
async fn exports_every_field_type_byte_for_byte() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::all_types());
    let desk = Desk::at(&kintone);
    let csv = succeeded(
        desk.cli(&["record", "export"], app, &kintone.token(app))
            .await,
    );
    assert_eq!(csv, golden());
}

#[tokio::test]
async fn exports_ten_thousand_records_in_23_requests() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::generated(10_000));
    let desk = Desk::at(&kintone);
    let csv = succeeded(
        desk.cli(&["record", "export"], app, &kintone.token(app))
            .await,
    );
    assert_eq!(csv.lines().count(), 10_001);
    assert_eq!(kintone.requests().len(), 23);
}

#[tokio::test]
async fn exports_over_https_when_it_is_told_whom_to_trust() {
    let kintone = Kintone::start(Options {
        https: true,
        ..Options::default()
    });
    let app = kintone.add_app(App::article());
    let desk = Desk::at(&kintone);
    let csv = succeeded(
        desk.cli(&["record", "export"], app, &kintone.token(app))
            .await,
    );
    assert!(csv.contains("\"なんとか社1\""), "{csv}");
}

#[tokio::test]
async fn exports_in_an_order_through_a_cursor_that_frees_itself() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::generated(250));
    let desk = Desk::at(&kintone);
    let command = [
        "record",
        "export",
        "--order-by",
        "$id desc",
        "-c",
        "$id > 10",
    ];
    let csv = succeeded(desk.cli(&command, app, &kintone.token(app)).await);
    assert!(csv.lines().nth(1).unwrap().starts_with("\"250\""), "{csv}");
    assert_eq!((csv.lines().count(), kintone.open_cursors()), (241, 0));
}

#[tokio::test]
async fn exports_from_a_guest_space() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::article().guest_space(3));
    let desk = Desk::at(&kintone);
    let command = ["record", "export", "--guest-space-id", "3"];
    let csv = succeeded(desk.cli(&command, app, &kintone.token(app)).await);
    assert_eq!(csv.lines().count(), 5);
}

#[tokio::test]
async fn exports_nothing_more_after_a_page_that_failed() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::generated(2_000));
    kintone.script(
        When::path("records.json").nth(3),
        Effect::refuse(520, "GAIA_DA02"),
    );
    let desk = Desk::at(&kintone);
    let output = desk
        .cli(&["record", "export"], app, &kintone.token(app))
        .await;
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("[520] [GAIA_DA02]"), "{error}");
}

#[tokio::test]
async fn imports_records_by_the_thousand() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::generated(0));
    let desk = Desk::at(&kintone);
    let rows = (1..=2_500).map(|number| format!("\"会社{number}\",\"B\"\n"));
    let csv = format!("\"company\",\"blood_type\"\n{}", rows.collect::<String>());
    fs::write(desk.path("new.csv"), csv).unwrap();
    let command = ["record", "import", "--file-path", "new.csv"];
    succeeded(desk.cli(&command, app, &kintone.token(app)).await);
    assert_eq!(kintone.count(app), 2_500);
    let last = kintone.record(app, 2_500).unwrap();
    assert_eq!(
        (&last["company"]["value"], &last["blood_type"]["value"]),
        (&json!("会社2500"), &json!("B"))
    );
    let bulks = kintone
        .requests()
        .iter()
        .filter(|seen| seen.path.ends_with("bulkRequest.json"))
        .count();
    assert_eq!(bulks, 2);
}

#[tokio::test]
async fn imports_by_a_key_what_is_there_and_what_is_not() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(
        App::new("keyed")
            .field(Field::new("key", FieldType::SingleLineText).unique())
            .field(Field::new("text", FieldType::SingleLineText))
            .record(json!({ "key": { "value": "k1" }, "text": { "value": "old" } })),
    );
    let desk = Desk::at(&kintone);
    fs::write(
        desk.path("up.csv"),
        "\"key\",\"text\"\n\"k1\",\"new\"\n\"k2\",\"added\"\n",
    )
    .unwrap();
    let command = [
        "record",
        "import",
        "--file-path",
        "up.csv",
        "--update-key",
        "key",
    ];
    succeeded(desk.cli(&command, app, &kintone.token(app)).await);
    let texts = kintone
        .records(app)
        .iter()
        .map(|record| record["text"]["value"].clone())
        .collect::<Vec<_>>();
    assert_eq!(texts, ["new", "added"]);
    assert_eq!(
        kintone.record(app, 1).unwrap()["$revision"]["value"],
        json!("2")
    );
}

#[tokio::test]
async fn imports_by_record_number_and_gives_new_numbers_to_new_records() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::article().code("BOOK"));
    let desk = Desk::at(&kintone);
    let csv = "\"レコード番号\",\"company\"\n\"BOOK-2\",\"changed\"\n,\"added\"\n";
    fs::write(desk.path("up.csv"), csv).unwrap();
    let command = [
        "record",
        "import",
        "--file-path",
        "up.csv",
        "--update-key",
        "レコード番号",
    ];
    succeeded(desk.cli(&command, app, &kintone.token(app)).await);
    assert_eq!(
        kintone.record(app, 2).unwrap()["company"]["value"],
        json!("changed")
    );
    assert_eq!(
        kintone.record(app, 5).unwrap()["レコード番号"]["value"],
        json!("BOOK-5")
    );
}

#[tokio::test]
async fn deletes_all_records() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::generated(1_100));
    let desk = Desk::at(&kintone);
    succeeded(
        desk.cli(&["record", "delete", "--yes"], app, &kintone.token(app))
            .await,
    );
    assert_eq!(kintone.count(app), 0);
}

#[tokio::test]
async fn carries_attachments_out_and_in_again() {
    let kintone = Kintone::start(Options::default());
    let from = kintone.add_app(App::all_types());
    let source = kintone.add_app(App::lookup_source());
    let to = kintone.add_app(App::all_types().without_records());
    let desk = Desk::at(&kintone);
    let command = [
        "record",
        "export",
        "--attachments-dir",
        "files",
        "--fields",
        FIELDS,
    ];
    let csv = succeeded(desk.cli(&command, from, &kintone.token(from)).await);
    fs::write(desk.path("out.csv"), csv).unwrap();
    let tokens = format!("{},{}", kintone.token(to), kintone.token(source));
    let command = [
        "record",
        "import",
        "--attachments-dir",
        "files",
        "--file-path",
        "out.csv",
    ];
    succeeded(desk.cli(&command, to, &tokens).await);
    let copy = &kintone.records(to)[0];
    let mut original = kintone.records(from)[0].clone();
    // The service trims numbers; cli-kintone renames the second of two files of one name.
    original["num"]["value"] = json!("12.5");
    original["file"]["value"][1]["name"] = json!("a (1).txt");
    assert_eq!(plain(copy), plain(&original));
    let key = copy["file"]["value"][2]["fileKey"].as_str().unwrap();
    assert_eq!(kintone.content(key).unwrap(), "三つめ");
}

/// All columns that an import may name.
const FIELDS: &str = "text,num,multi,rich,radio,check,msel,drop,date,time,datetime,link,file,user,org,grp,lookup,in_group,tbl,tbl2";

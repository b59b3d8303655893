//! What the real cli-kintone writes is read, and what we write is what it takes.

use std::fs;

use kintone_client::{Record, Value};
use kintone_format::{Columns, CsvError, CsvReader, CsvWriter, Dialect, Encoding};
use serde_json::json;
use simulators::Kintone;
use simulators::kintone::{App, Field, FieldType, Options};
use test_services::CliKintone;

use crate::golden::{assert_same, form, read};

/// What cli-kintone exports of `app`.
async fn export(kintone: &Kintone, app: u64, options: &[&str]) -> (CliKintone, Vec<u8>) {
    let cli = CliKintone::find().unwrap();
    let command = [&["record", "export"], options].concat();
    let token = kintone.token(app);
    let csv = cli
        .run(&command, &kintone.base_url(), app, &token)
        .await
        .unwrap();
    (cli, csv)
}

#[tokio::test]
async fn shift_jis_is_read_and_what_it_lost_is_told() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::all_types());
    let form = form(&kintone, app).await;
    let (_, csv) = export(&kintone, app, &["--encoding", "sjis"]).await;
    let records = read(&form, &csv, Encoding::ShiftJis, 3);
    let truth = kintone.records(app);
    assert_eq!(records.len(), 4);
    for (read, truth) in records[1..3].iter().zip(&truth[1..3]) {
        let text = truth.to_string();
        assert_same(&read.fields, &Record::from_json(&text).unwrap());
    }
    // U+2028, é and 😀 are not in the code page.
    let text = |code: &str| records[3].fields.get(code).unwrap().value.clone();
    assert_eq!(text("text"), Value::Text("ls?sep".into()));
    assert!(matches!(text("rich"), Value::Text(rich) if rich.ends_with("?㈱髙")));
    assert_eq!(records[3].doubtful, ["text", "rich"]);
    // A question mark that was there looks the same, so it is told as well.
    assert_eq!(records[0].doubtful, ["link"]);
    let error = CsvReader::new(&form, Encoding::Utf8)
        .push(&csv)
        .unwrap_err();
    assert_eq!(
        error,
        CsvError::Encoding {
            line: 1,
            encoding: Encoding::Utf8
        }
    );
}

#[tokio::test]
async fn a_field_code_that_shift_jis_lacks_is_told_with_its_repair() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::new("codes").field(Field::new("é", FieldType::SingleLineText)));
    let form = form(&kintone, app).await;
    kintone.insert(app, [&json!({})]);
    let (_, csv) = export(&kintone, app, &["--encoding", "sjis"]).await;
    let error = CsvReader::new(&form, Encoding::ShiftJis)
        .push(&csv)
        .unwrap_err();
    let words = error.to_string();
    assert!(
        words.contains("`?`") && words.contains("export it as utf8"),
        "{words}"
    );
}

#[tokio::test]
async fn paths_of_attachments_lead_to_the_files() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::all_types());
    let form = form(&kintone, app).await;
    let (cli, csv) = export(&kintone, app, &["--attachments-dir", "files"]).await;
    let records = read(&form, &csv, Encoding::Utf8, 1_000);
    let truth = kintone.attachments(app);
    let mut found = Vec::new();
    let mut take = |value: &Value<'_>| {
        let Value::Files(files) = value else { return };
        for file in files {
            let path = cli.folder().join("files").join(file.file_key.as_ref());
            found.push(fs::read(path).unwrap());
        }
    };
    for record in &records {
        for (_, field) in record.fields.iter() {
            take(&field.value);
            if let Value::Table(rows) = &field.value {
                let cells = rows.iter().flat_map(|row| row.fields.iter());
                cells.for_each(|(_, cell)| take(&cell.value));
            }
        }
    }
    let truth: Vec<_> = truth.into_iter().map(|file| file.content).collect();
    assert_eq!(found, truth);
}

#[tokio::test]
async fn a_column_of_empty_values_keeps_its_records() {
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::new("one").field(Field::new("text", FieldType::SingleLineText)));
    let texts = ["", "a", "", "*", ""];
    let records = texts.map(|text| json!({ "text": { "value": text } }));
    kintone.insert(app, &records);
    let form = form(&kintone, app).await;
    let (_, csv) = export(&kintone, app, &["--fields", "text"]).await;
    let read = read(&form, &csv, Encoding::Utf8, 2);
    let read = read
        .iter()
        .map(|record| record.fields.get("text").unwrap().value.clone());
    assert_eq!(
        read.collect::<Vec<_>>(),
        texts.map(|text| Value::Text(text.into()))
    );
}

#[tokio::test]
async fn cli_kintone_imports_our_csv_and_both_understand_the_same() {
    let kintone = Kintone::start(Options::default());
    let text = |code: &str| Field::new(code, FieldType::SingleLineText);
    let app = || {
        App::new("both")
            .field(text("a"))
            .field(Field::new("check", FieldType::CheckBox).options(&["x", "y"]))
            .field(Field::table("t", [text("in")]))
    };
    let row = |value: &str| json!({ "value": { "in": { "value": value } } });
    let from = kintone.add_app(
        app()
            .record(
                json!({ "a": { "value": "q\"uo,te\nline" }, "check": { "value": ["x", "y"] },
                "t": { "value": [row("1"), row(" two "), row("*")] } }),
            )
            .record(json!({ "a": { "value": "" } })),
    );
    let to = kintone.add_app(app());
    let form = form(&kintone, from).await;
    let selected = ["a", "check", "t"].map(str::to_owned);
    let columns = Columns::selected(&form, &selected).unwrap();
    let mut writer = CsvWriter::new(Dialect::Compat, columns);
    let mut csv = Vec::new();
    writer.header(&mut csv);
    let truth: Vec<_> = kintone
        .records(from)
        .iter()
        .map(ToString::to_string)
        .collect();
    for record in &truth {
        writer.record(&Record::from_json(record).unwrap(), &mut csv);
    }
    let cli = CliKintone::find().unwrap();
    fs::write(cli.folder().join("ours.csv"), &csv).unwrap();
    let command = ["record", "import", "--file-path", "ours.csv"];
    cli.run(&command, &kintone.base_url(), to, &kintone.token(to))
        .await
        .unwrap();
    let read = read(&form, &csv, Encoding::Utf8, 5);
    let imported = kintone.records(to);
    assert_eq!((read.len(), imported.len()), (2, 2));
    for ((read, truth), imported) in read.iter().zip(&truth).zip(&imported) {
        assert_same(&read.fields, &Record::from_json(truth).unwrap());
        for code in ["a", "check"] {
            let truth: serde_json::Value = serde_json::from_str(truth).unwrap();
            assert_eq!(imported[code], truth[code], "{code}");
        }
        let rows = |record: &serde_json::Value| {
            let rows = record["t"]["value"].as_array().unwrap().clone();
            rows.iter()
                .map(|row| row["value"]["in"]["value"].clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(rows(imported), rows(&serde_json::from_str(truth).unwrap()));
    }
}

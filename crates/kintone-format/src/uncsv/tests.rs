use std::borrow::Cow;

use kintone_client::{FieldType, FieldValue, Record, Value};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{Columns, CsvWriter, Dialect};

fn form() -> FormFields {
    let field = |kind: &str| json!({ "type": kind, "label": "" });
    let fields = json!({
        "revision": "1",
        "properties": {
            "number": field("RECORD_NUMBER"),
            "a": field("SINGLE_LINE_TEXT"),
            "d": field("DATE"),
            "c": field("CHECK_BOX"),
            "who": field("CREATOR"),
            "state": field("STATUS"),
            "t": { "type": "SUBTABLE", "fields": { "x": field("SINGLE_LINE_TEXT"), "y": field("DROP_DOWN") } },
            "u": { "type": "SUBTABLE", "fields": { "z": field("NUMBER") } },
        },
    });
    FormFields::from_json(fields.to_string().as_bytes()).unwrap()
}

fn read(csv: &str) -> Result<Vec<CsvRecord>, CsvError> {
    let mut reader = CsvReader::new(&form(), Encoding::Utf8);
    let mut records = reader.push(csv.as_bytes())?;
    records.extend(reader.finish()?);
    Ok(records)
}

fn text(record: &CsvRecord, code: &str) -> String {
    match &record.fields.get(code).unwrap().value {
        Value::Text(text) => text.to_string(),
        other => format!("{other:?}"),
    }
}

/// The texts of `x` in the rows of `t`, with the rows' ids.
fn rows(record: &CsvRecord) -> Vec<(u64, String)> {
    let Value::Table(rows) = &record.fields.get("t").unwrap().value else {
        panic!("no table");
    };
    let cell = |row: &kintone_client::Row<'_>| match &row.fields.get("x").unwrap().value {
        Value::Text(text) => text.to_string(),
        other => format!("{other:?}"),
    };
    rows.iter().map(|row| (row.id, cell(row))).collect()
}

#[test]
fn rows_of_stacked_tables_are_joined_to_their_record() {
    let csv = "*,number,a,t,x,y,u,z\n\
               *,\"CODE-7\",\"p\",1,one,,,\n\
               ,\"CODE-7\",\"p\",2,,,,\n\
               ,,,,,,9,5\n\
               *,8,*,,,,,\n";
    let records = read(csv).unwrap();
    assert_eq!(records.len(), 2);
    assert_eq!((records[0].id, records[0].line), (Some(7), 2));
    assert_eq!(
        rows(&records[0]),
        [(1, "one".to_owned()), (2, String::new())]
    );
    assert!(
        matches!(&records[0].fields.get("u").unwrap().value, Value::Table(rows) if rows[0].id == 9)
    );
    assert_eq!(
        (text(&records[1], "a"), records[1].line),
        ("*".to_owned(), 5)
    );
    assert!(rows(&records[1]).is_empty());
}

#[test]
fn what_would_be_lost_in_silence_is_an_error_with_its_line() {
    for (csv, words) in [
        ("", "the CSV is empty"),
        ("a,b\n1,2\n", "names `b`, which the app does not have"),
        ("a,a\n1,2\n", "names `a` twice"),
        ("a,state\n1,2\n", "`state`, whose type STATUS has no column"),
        ("t,x\n1,2\n", "the subtable `t` but no first column `*`"),
        ("a,d\n1\n", "line 2 has 1 cells, the header has 2"),
        ("a,d\n\"1\n2\",\n1,2,3\n", "line 4 has 3 cells"),
        (
            "*,a,x\n,1,2\n*,1,2\n",
            "line 2 comes before the first line with `*`",
        ),
        ("*,a,x\n*,1,2\n,1,\n", "line 3 has neither `*` nor a row"),
        (
            "*,a,x\n*,1,2\n,other,3\n",
            "line 3 has another `a` than line 2",
        ),
        ("*,a,x\nno,1,2\n", "line 2 has something else than `*`"),
        ("a,d\n1,2", "line 2 is the last and has no line end"),
        ("a,d\n1,\"2", "line 2 opens a quote that is never closed"),
        ("a,d\n1,x\"2\"\n", "line 2 has a quote inside of a cell"),
        ("a,d\n\"1\"2,3\n", "line 2 has a quote inside of a cell"),
        ("a,d\r1,2\r", "end with CR alone"),
        ("a,d\r1,2\r\n", "end with CR alone"),
        ("number\nx\n", "line 2 has no whole number in `number`"),
        ("*,a,t,x\n*,1,q,\n", "line 2 has no whole number in `t`"),
    ] {
        let error = read(csv).unwrap_err().to_string();
        assert!(error.contains(words), "{csv:?}: {error}");
    }
}

#[test]
fn a_quote_that_is_never_closed_ends_long_before_the_memory_does() {
    let mut reader = CsvReader::new(&form(), Encoding::Utf8);
    reader.push(b"a,d\nx,\n\"").unwrap();
    let chunk = vec![b'x'; 1024 * 1024];
    let pushed = (0..64).map(|_| reader.push(&chunk).map(drop));
    let error = pushed.collect::<Result<(), _>>().unwrap_err();
    assert_eq!(error, CsvError::Unclosed { line: 3 });
}

#[test]
fn bytes_of_another_encoding_are_an_error_with_their_line() {
    let mut reader = CsvReader::new(&form(), Encoding::Utf8);
    let error = reader.push(b"a\n1\n2\n\x83\x5c\n").unwrap_err();
    assert!(error.to_string().contains("line 4 is not utf8"), "{error}");
    let mut reader = CsvReader::new(&form(), Encoding::ShiftJis);
    let records = reader.push(b"a\n\x83\x5c\n").unwrap();
    assert_eq!(text(&records[0], "a"), "ソ");
    // The first half of a character, and no more.
    reader.push(b"\x83").unwrap();
    assert!(reader.finish().is_err());
}

#[test]
fn files_of_windows_and_of_spreadsheets_are_read_too() {
    let records = read("\u{FEFF}a,d\r\n\"1\",2024/03/04\r\nbare,\r\n\r\n").unwrap();
    assert_eq!(records.len(), 2);
    assert_eq!(text(&records[0], "d"), "2024-03-04");
    assert_eq!(records[1].fields.get("d").unwrap().value, Value::Null);
}

#[test]
fn a_bare_return_is_a_part_of_its_cell() {
    let records = read("a,d\nx\ry,\nz\r,\n").unwrap();
    let texts = records.iter().map(|record| text(record, "a"));
    assert_eq!(texts.collect::<Vec<_>>(), ["x\ry", "z\r"]);
}

#[test]
fn a_lone_column_holds_empty_values_and_two_columns_skip_blank_lines() {
    assert_eq!(read("a\n\nx\n\n").unwrap().len(), 3);
    assert_eq!(read("a,d\n\nx,\n\n").unwrap().len(), 1);
}

#[test]
fn the_strict_dialect_tells_null_from_nothing_and_carries_the_revision() {
    let csv = "\"$id\",\"$revision\",\"a\",\"d\",\"c\"\n\"12\",\"3\",\"\",,\"\"\n";
    let records = read(csv).unwrap();
    assert_eq!((records[0].id, records[0].revision), (Some(12), Some(3)));
    let value = |code: &str| &records[0].fields.get(code).unwrap().value;
    assert_eq!(*value("a"), Value::Text(Cow::Borrowed("")));
    assert_eq!(
        (value("d"), value("c")),
        (&Value::Null, &Value::Texts(Vec::new()))
    );
}

/// A text that a field could hold.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![".*", "[\r\n\",*\u{85}\u{2028}\u{FEFF}\\\\.あ? ]*"]
}

/// One option or code: never empty, and on one line.
fn any_part() -> impl Strategy<Value = String> {
    "[^\n]{1,6}"
}

fn any_record() -> impl Strategy<Value = String> {
    let row = (any_text(), proptest::option::of(any_part()));
    let fields = (
        any_text(),
        proptest::collection::vec(any_part(), 0..3),
        any_part(),
        proptest::collection::vec(row, 0..3),
        proptest::collection::vec(any_text(), 0..3),
    );
    fields.prop_map(|(text, choices, who, t, u)| {
        let mut id = 100;
        let mut row = |cells: serde_json::Value| {
            id += 1;
            json!({ "id": id.to_string(), "value": cells })
        };
        let t: Vec<_> = t
            .iter()
            .map(|(x, y)| row(json!({ "x": { "type": "SINGLE_LINE_TEXT", "value": x }, "y": { "type": "DROP_DOWN", "value": y } })))
            .collect();
        let u: Vec<_> = u
            .iter()
            .map(|z| row(json!({ "z": { "type": "NUMBER", "value": z } })))
            .collect();
        json!({
            "$id": { "type": "__ID__", "value": "7" },
            "$revision": { "type": "__REVISION__", "value": "2" },
            "number": { "type": "RECORD_NUMBER", "value": "CODE-7" },
            "a": { "type": "SINGLE_LINE_TEXT", "value": text },
            "d": { "type": "DATE", "value": null },
            "c": { "type": "CHECK_BOX", "value": choices },
            "who": { "type": "CREATOR", "value": { "code": who, "name": "" } },
            "t": { "type": "SUBTABLE", "value": t },
            "u": { "type": "SUBTABLE", "value": u },
        })
        .to_string()
    })
}

proptest! {
    #[test]
    fn whatever_is_written_is_read_back(
        records in proptest::collection::vec(any_record(), 0..4),
        size in 1_usize..60,
    ) {
        let form = form();
        let codes = ["number", "a", "d", "c", "who", "t", "u"].map(str::to_owned);
        for dialect in [Dialect::Compat, Dialect::Strict] {
            let columns = Columns::selected(&form, &codes).unwrap();
            let mut writer = CsvWriter::new(dialect, columns);
            let mut csv = Vec::new();
            writer.header(&mut csv);
            for record in &records {
                writer.record(&Record::from_json(record).unwrap(), &mut csv);
            }
            let mut reader = CsvReader::new(&form, Encoding::Utf8);
            let mut found = Vec::new();
            for chunk in csv.chunks(size) {
                found.extend(reader.push(chunk).unwrap());
            }
            found.extend(reader.finish().unwrap());
            prop_assert_eq!(found.len(), records.len());
            for (found, record) in found.iter().zip(&records) {
                let record = Record::from_json(record).unwrap();
                prop_assert_eq!(found.id, Some(7));
                for (code, field) in record.iter() {
                    prop_assert_eq!(found.fields.get(code), Some(field));
                }
            }
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for encoding in [Encoding::Utf8, Encoding::ShiftJis] {
            let mut reader = CsvReader::new(&form(), encoding);
            if reader.push(b"*,a,t,x\n").is_ok() && reader.push(&bytes).is_ok() {
                drop(reader.finish());
            }
        }
    }
}

#[test]
fn a_creator_is_known_by_the_code_alone() {
    let records = read("who\nsato\n\n").unwrap();
    let value = |record: &CsvRecord| record.fields.get("who").unwrap().clone();
    let FieldValue { kind, value: sato } = value(&records[0]);
    assert_eq!(kind, FieldType::Creator);
    assert!(matches!(sato, Value::User(user) if user.code == "sato"));
    assert_eq!(value(&records[1]).value, Value::Null);
}

use kintone_client::Record;
use serde_json::{Value as Json, json};

use super::*;

fn form() -> FormFields {
    let field = |kind: &str| json!({ "type": kind });
    let lookup = json!({
        "type": "SINGLE_LINE_TEXT",
        "lookup": { "relatedApp": { "app": "9" }, "relatedKeyField": "k",
            "fieldMappings": [{ "field": "copied", "relatedField": "v" }] },
    });
    let fields = json!({
        "revision": "1",
        "properties": {
            "number": field("RECORD_NUMBER"),
            "maker": field("CREATOR"),
            "made": field("CREATED_TIME"),
            "state": field("STATUS"),
            "kind": field("CATEGORY"),
            "text": field("SINGLE_LINE_TEXT"),
            "auto": { "type": "SINGLE_LINE_TEXT", "expression": "text & \"!\"" },
            "sum": field("CALC"),
            "lookup": lookup,
            "copied": field("SINGLE_LINE_TEXT"),
            "day": field("DATE"),
            "choices": field("CHECK_BOX"),
            "people": field("USER_SELECT"),
            "files": field("FILE"),
            "group": field("GROUP"),
            "related": field("REFERENCE_TABLE"),
            "table": { "type": "SUBTABLE", "fields": {
                "in": field("SINGLE_LINE_TEXT"), "sum2": field("CALC"), "file2": field("FILE") } },
        },
    });
    FormFields::from_json(fields.to_string().as_bytes()).unwrap()
}

fn saved() -> String {
    let user = |code: &str| json!({ "code": code, "name": "名前" });
    let file = |name: &str| json!({ "fileKey": "old", "name": name, "contentType": "text/plain", "size": "3" });
    json!({
        "$id": { "type": "__ID__", "value": "12" },
        "$revision": { "type": "__REVISION__", "value": "3" },
        "number": { "type": "RECORD_NUMBER", "value": "12" },
        "maker": { "type": "CREATOR", "value": user("sato") },
        "made": { "type": "CREATED_TIME", "value": "2024-01-02T03:04:00Z" },
        "state": { "type": "STATUS", "value": "open" },
        "kind": { "type": "CATEGORY", "value": ["a"] },
        "text": { "type": "SINGLE_LINE_TEXT", "value": "q\"\n\u{1}" },
        "auto": { "type": "SINGLE_LINE_TEXT", "value": "x!" },
        "sum": { "type": "CALC", "value": "3" },
        "lookup": { "type": "SINGLE_LINE_TEXT", "value": "K1" },
        "copied": { "type": "SINGLE_LINE_TEXT", "value": "V1" },
        "day": { "type": "DATE", "value": null },
        "choices": { "type": "CHECK_BOX", "value": ["あ", "い"] },
        "people": { "type": "USER_SELECT", "value": [user("sato"), user("kato")] },
        "files": { "type": "FILE", "value": [file("a.txt"), file("b.txt")] },
        "gone": { "type": "SINGLE_LINE_TEXT", "value": "the form lacks it" },
        "table": { "type": "SUBTABLE", "value": [
            { "id": "101", "value": {
                "in": { "type": "SINGLE_LINE_TEXT", "value": "r" },
                "sum2": { "type": "CALC", "value": "1" },
                "file2": { "type": "FILE", "value": [file("c.txt")] } } },
            { "id": "102", "value": {} } ] },
    })
    .to_string()
}

fn key(place: &FilePlace, file: &File<'_>) -> String {
    let row = place
        .row
        .as_ref()
        .map_or(String::new(), |(table, id)| format!("{table}.{id}."));
    format!(
        "{}:{row}{}[{}]={}",
        place.record, place.field, place.index, file.name
    )
}

const PLAIN: Substitutes<'static> = Substitutes {
    file: &|place, file| Some(key(place, file)),
    text: &|_, _| None,
};

fn body(options: &BodyOptions, substitutes: Substitutes<'_>) -> Result<Json, BodyError> {
    let saved = saved();
    let record = Record::from_json(&saved).unwrap();
    let writer = BodyWriter::new(&form(), options);
    let body = writer.body(record.id, &record.fields, substitutes)?;
    Ok(serde_json::from_str(body.json()).unwrap())
}

#[test]
fn what_can_be_written_is_and_the_rest_is_left_out() {
    let expected = json!({
        "text": { "value": "q\"\n\u{1}" },
        "lookup": { "value": "K1" },
        "day": { "value": null },
        "choices": { "value": ["あ", "い"] },
        "people": { "value": [{ "code": "sato" }, { "code": "kato" }] },
        "files": { "value": [{ "fileKey": "12:files[0]=a.txt" }, { "fileKey": "12:files[1]=b.txt" }] },
        "table": { "value": [
            { "value": { "in": { "value": "r" }, "file2": { "value": [{ "fileKey": "12:table.101.file2[0]=c.txt" }] } } },
            { "value": {} } ] },
    });
    assert_eq!(body(&BodyOptions::default(), PLAIN).unwrap(), expected);
}

#[test]
fn history_row_ids_and_what_is_left_out_are_the_callers_choice() {
    let options = BodyOptions {
        history: true,
        row_ids: true,
        without: vec!["text".to_owned(), "file2".to_owned()],
    };
    let body = body(&options, PLAIN).unwrap();
    assert_eq!(body["maker"], json!({ "value": { "code": "sato" } }));
    assert_eq!(body["made"], json!({ "value": "2024-01-02T03:04:00Z" }));
    assert_eq!(
        body["table"]["value"][0],
        json!({ "id": "101", "value": { "in": { "value": "r" } } })
    );
    assert!(body.get("text").is_none());
}

#[test]
fn a_reference_is_written_anew_and_a_file_can_be_left_out() {
    let substitutes = Substitutes {
        file: &|place, _| {
            Some(if place.index == 0 {
                String::new()
            } else {
                "new".to_owned()
            })
        },
        text: &|code, text| (code == "lookup" && text == "K1").then(|| "K9".to_owned()),
    };
    let body = body(&BodyOptions::default(), substitutes).unwrap();
    assert_eq!(body["lookup"]["value"], "K9");
    assert_eq!(body["files"]["value"], json!([{ "fileKey": "new" }]));
    assert_eq!(
        body["table"]["value"][0]["value"]["file2"]["value"],
        json!([])
    );
}

#[test]
fn a_file_without_upload_and_a_field_of_another_shape_are_errors() {
    let substitutes = Substitutes {
        file: &|_, _| None,
        ..PLAIN
    };
    let error = body(&BodyOptions::default(), substitutes).unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no upload for file 0 of files in record 12"
    );
    let form = json!({ "revision": "1", "properties": { "text": { "type": "CHECK_BOX" } } });
    let form = FormFields::from_json(form.to_string().as_bytes()).unwrap();
    let saved = saved();
    let record = Record::from_json(&saved).unwrap();
    let writer = BodyWriter::new(&form, &BodyOptions::default());
    let error = writer.body(12, &record.fields, PLAIN).unwrap_err();
    assert_eq!(
        error.to_string(),
        "text was SINGLE_LINE_TEXT and is now CHECK_BOX, which does not take its value"
    );
}

#[test]
fn nobody_and_no_time_are_not_sent_as_history() {
    let saved = json!({
        "$id": { "value": "1" }, "$revision": { "value": "1" },
        "maker": { "type": "CREATOR", "value": null },
        "made": { "type": "CREATED_TIME", "value": "" },
    })
    .to_string();
    let record = Record::from_json(&saved).unwrap();
    let options = BodyOptions {
        history: true,
        ..BodyOptions::default()
    };
    let body = BodyWriter::new(&form(), &options)
        .body(1, &record.fields, PLAIN)
        .unwrap();
    assert_eq!(body.json(), "{}");
}

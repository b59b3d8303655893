use kintone_client::{Record, Rounding};
use serde_json::{Value as Json, json};

use super::*;
use crate::UNKNOWN_SIZE;

/// A form with one field of each given type, whose code is the type's name.
fn form(kinds: &[&str]) -> FormFields {
    let fields = kinds
        .iter()
        .map(|kind| ((*kind).to_owned(), json!({ "type": kind })));
    let form = json!({ "revision": "1", "properties": Json::Object(fields.collect()) });
    FormFields::from_json(form.to_string().as_bytes()).unwrap()
}

fn record(fields: &Json) -> String {
    let mut record = json!({ "$id": { "value": "1" }, "$revision": { "value": "1" } });
    for (code, field) in fields.as_object().unwrap() {
        record[code] = field.clone();
    }
    record.to_string()
}

fn differences_of(form: &FormFields, was: &Json, is: &Json) -> Vec<Difference> {
    let (was, is) = (record(was), record(is));
    let (was, is) = (
        Record::from_json(&was).unwrap(),
        Record::from_json(&is).unwrap(),
    );
    let precision = NumberPrecision {
        digits: 16,
        decimal_places: 2,
        rounding: Rounding::HalfEven,
    };
    let comparer = Comparer::new(form, precision, false);
    comparer.differences(&was.fields, &is.fields, as_saved())
}

/// All is written as it was saved.
fn as_saved() -> Expected<'static> {
    Expected {
        text: &|_, _| None,
        file_bytes: &|_, file| Some(file.size),
    }
}

/// What a value of the type `kind` comes down to when it came back as another.
fn cause(kind: &str, was: &Json, is: &Json) -> Option<DifferenceCause> {
    let field = |value: &Json| json!({ kind: { "type": kind, "value": value } });
    let found = differences_of(&form(&[kind]), &field(was), &field(is));
    assert!(found.len() < 2, "{found:?}");
    found.first().map(|difference| difference.cause)
}

#[test]
fn what_kintone_itself_makes_of_a_value_is_no_difference() {
    let user = |code: &str| json!({ "code": code, "name": code.to_uppercase() });
    let named = |code: &str| json!({ "code": code, "name": "renamed" });
    for (kind, was, is) in [
        ("NUMBER", json!("0012.50"), json!("12.5")),
        ("NUMBER", json!("1.5e1"), json!("15")),
        ("NUMBER", json!(" "), json!("")),
        (
            "DATETIME",
            json!("2024-03-04T00:30:59Z"),
            json!("2024-03-04T00:30:00Z"),
        ),
        (
            "DATETIME",
            json!("2024-03-04T09:30:00+09:00"),
            json!("2024-03-04T00:30:00Z"),
        ),
        ("TIME", json!("9:30"), json!("09:30")),
        ("DATE", json!(""), json!(null)),
        ("CHECK_BOX", json!(["b", "a"]), json!(["a", "b"])),
        (
            "USER_SELECT",
            json!([user("b"), user("a")]),
            json!([named("a"), named("b")]),
        ),
        ("SINGLE_LINE_TEXT", json!("  kept "), json!("  kept ")),
        ("RECORD_NUMBER", json!("12"), json!("1")),
        ("STATUS", json!("done"), json!("new")),
        (
            "CREATED_TIME",
            json!("2024-03-04T00:30:00Z"),
            json!("2026-03-04T00:30:00Z"),
        ),
    ] {
        assert_eq!(cause(kind, &was, &is), None, "{kind} {was} {is}");
    }
}

#[test]
fn whatever_else_differs_is_told_with_its_cause() {
    use DifferenceCause::{Changed, Computed, Defaulted, Rounded};
    let user = |code: &str| json!({ "code": code, "name": "" });
    let file = |name: &str, size: &str| json!({ "fileKey": name, "name": name, "contentType": "", "size": size });
    for (kind, was, is, expected) in [
        ("NUMBER", json!("1.005"), json!("1"), Rounded),
        ("NUMBER", json!("1.015"), json!("1.02"), Rounded),
        ("NUMBER", json!("1.015"), json!("1.01"), Changed),
        ("NUMBER", json!("1,000"), json!(""), Changed),
        ("CALC", json!("3"), json!("4"), Computed),
        ("SINGLE_LINE_TEXT", json!("a"), json!("a "), Changed),
        ("SINGLE_LINE_TEXT", json!("1.0"), json!("1"), Changed),
        (
            "DATETIME",
            json!("2024-03-04T00:30:00Z"),
            json!("2024-03-04T00:31:00Z"),
            Changed,
        ),
        ("DROP_DOWN", json!("a"), json!(null), Changed),
        ("CHECK_BOX", json!(["a", "a"]), json!(["a", "b"]), Changed),
        (
            "USER_SELECT",
            json!([user("a"), user("b")]),
            json!([user("a")]),
            Changed,
        ),
        (
            "FILE",
            json!([file("a", "1"), file("b", "1")]),
            json!([file("b", "1"), file("a", "1")]),
            Changed,
        ),
        (
            "FILE",
            json!([file("a", "1")]),
            json!([file("a", "2")]),
            Changed,
        ),
        ("FILE", json!([file("a", "1")]), json!([]), Changed),
        ("RADIO_BUTTON", json!(""), json!("a"), Defaulted),
        ("RADIO_BUTTON", json!("b"), json!("a"), Changed),
        ("DROP_DOWN", json!(""), json!("a"), Changed),
    ] {
        assert_eq!(cause(kind, &was, &is), Some(expected), "{kind} {was} {is}");
    }
}

#[test]
fn a_file_of_a_csv_is_known_by_its_name() {
    let file = |size: u64| json!([{ "fileKey": "", "name": "a", "contentType": "", "size": size.to_string() }]);
    assert_eq!(cause("FILE", &file(UNKNOWN_SIZE), &file(3)), None);
}

#[test]
fn a_hidden_field_and_another_lookup_are_told_apart() {
    let lookup = json!({ "revision": "1", "properties": {
        "key": { "type": "SINGLE_LINE_TEXT", "lookup": { "relatedApp": { "app": "9" }, "relatedKeyField": "k",
            "fieldMappings": [{ "field": "copied", "relatedField": "v" }] } },
        "copied": { "type": "SINGLE_LINE_TEXT" },
    } });
    let form = FormFields::from_json(lookup.to_string().as_bytes()).unwrap();
    let text = |text: &str| json!({ "type": "SINGLE_LINE_TEXT", "value": text });
    let was = json!({ "key": text("K1"), "copied": text("old") });
    let found = differences_of(&form, &was, &json!({ "copied": text("new") }));
    let causes: Vec<_> = found.iter().map(|difference| difference.cause).collect();
    assert_eq!(causes, [DifferenceCause::Hidden, DifferenceCause::Copied]);
    assert_eq!(
        (found[1].saved.as_str(), found[1].read.as_str()),
        ("old", "new")
    );
}

#[test]
fn rows_are_compared_by_their_order_and_not_by_their_ids() {
    let form = json!({ "revision": "1", "properties": { "t": { "type": "SUBTABLE", "fields": {
        "x": { "type": "NUMBER" }, "y": { "type": "SINGLE_LINE_TEXT" } } } } });
    let form = FormFields::from_json(form.to_string().as_bytes()).unwrap();
    let row = |id: &str, x: &str, y: &str| {
        json!({ "id": id, "value": {
            "x": { "type": "NUMBER", "value": x }, "y": { "type": "SINGLE_LINE_TEXT", "value": y } } })
    };
    let table = |rows: &[Json]| json!({ "t": { "type": "SUBTABLE", "value": rows } });
    let was = table(&[row("1", "1.0", "a"), row("2", "2", "b")]);
    let is = table(&[row("8", "1", "a"), row("9", "2", "b")]);
    assert_eq!(differences_of(&form, &was, &is), []);
    let is = table(&[row("8", "1", "b")]);
    let found = differences_of(&form, &was, &is);
    let paths: Vec<_> = found
        .iter()
        .map(|difference| difference.path.as_str())
        .collect();
    assert_eq!(paths, ["t", "t[0].y"]);
    assert_eq!(
        (found[0].saved.as_str(), found[0].read.as_str()),
        ("2 rows", "1 rows")
    );
}

#[test]
fn a_reference_is_compared_with_what_was_written_for_it() {
    let form = form(&["NUMBER"]);
    let field = |value: &str| json!({ "NUMBER": { "type": "NUMBER", "value": value } });
    let (was, is) = (record(&field("12")), record(&field("99")));
    let (was, is) = (
        Record::from_json(&was).unwrap(),
        Record::from_json(&is).unwrap(),
    );
    let comparer = Comparer::new(&form, NumberPrecision::default(), false);
    let renumbered = |_: &str, text: &str| (text == "12").then(|| "99".to_owned());
    let renumbered = Expected {
        text: &renumbered,
        ..as_saved()
    };
    let differences = |expected| comparer.differences(&was.fields, &is.fields, expected);
    assert_eq!(differences(renumbered), []);
    assert_eq!(differences(as_saved()).len(), 1);
}

#[test]
fn only_the_files_that_were_left_out_may_be_absent() {
    let form = form(&["FILE"]);
    let files = |names: &[&str]| {
        let files = names
            .iter()
            .map(|name| json!({ "fileKey": name, "name": name, "contentType": "", "size": "1" }));
        record(&json!({ "FILE": { "type": "FILE", "value": files.collect::<Vec<_>>() } }))
    };
    let was = files(&["a", "gone", "c"]);
    let was = Record::from_json(&was).unwrap();
    let comparer = Comparer::new(&form, NumberPrecision::default(), false);
    let expected = Expected {
        file_bytes: &|spot, _| (spot.index != 1).then_some(1),
        ..as_saved()
    };
    for (is, cause) in [
        (files(&["a", "gone", "c"]), None),
        (files(&["a", "c"]), Some(DifferenceCause::LeftOut)),
        (files(&["a"]), Some(DifferenceCause::Changed)),
        (files(&[]), Some(DifferenceCause::Changed)),
        (files(&["a", "c", "c"]), Some(DifferenceCause::Changed)),
    ] {
        let read = Record::from_json(&is).unwrap();
        let found = comparer.differences(&was.fields, &read.fields, expected);
        let found = found.first().map(|difference| difference.cause);
        assert_eq!(found, cause, "{is}");
    }
}

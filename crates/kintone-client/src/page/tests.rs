use super::*;
use crate::{FieldType, Value};

fn page(text: &str) -> Page {
    Page::parse(text.to_owned(), "records of app 1").unwrap()
}

fn record(id: u64, rest: &str) -> String {
    format!(
        r#"{{"$id":{{"type":"__ID__","value":"{id}"}}{rest},"$revision":{{"type":"__REVISION__","value":"3"}}}}"#
    )
}

fn with_ids(ids: &[u64]) -> Page {
    let records: Vec<_> = ids.iter().map(|id| record(*id, "")).collect();
    page(&format!(r#"{{"records":[{}]}}"#, records.join(",")))
}

#[test]
fn an_empty_page_is_a_page() {
    let page = page(r#"{"records":[],"totalCount":"0"}"#);
    assert!(page.is_empty() && page.records().unwrap().is_empty());
    assert_eq!(page.counted().unwrap(), 0);
}

#[test]
fn numbers_are_found_beside_texts_that_look_like_them() {
    let rest = r#","a":{"type":"SINGLE_LINE_TEXT","value":"$id"},"b":{"type":"SINGLE_LINE_TEXT","value":"\"$revision\":{}"}"#;
    let page = page(&format!(r#"{{"records":[{}]}}"#, record(12, rest)));
    assert_eq!(page.ids().unwrap(), [(12, 3)]);
}

#[test]
fn numbers_are_found_under_escaped_codes_and_with_blanks() {
    let text = r#"{"records": [ { "\u0024id" : {"type":"__ID__","value":"7"}, "$revision" : { "value" : "2" } } ] }"#;
    assert_eq!(page(text).ids().unwrap(), [(7, 2)]);
}

#[test]
fn a_record_that_is_taken_for_another_is_refused() {
    let text = r#"{"records":[{"x\"$id":{"type":"NUMBER","value":"7"},"\u0024id":{"value":"8"},"$revision":{"value":"2"}}]}"#;
    let error = page(text).records().unwrap_err();
    assert!(
        error
            .to_string()
            .contains("record 8, revision 2 was taken for another"),
        "{error}"
    );
}

#[test]
fn a_record_without_its_id_is_refused() {
    let text = r#"{"records":[{"$revision":{"type":"__REVISION__","value":"1"}}]}"#;
    let error = Page::parse(text.to_owned(), "records of app 1").unwrap_err();
    assert!(error.to_string().contains("$id"), "{error}");
}

#[test]
fn a_cut_page_is_refused() {
    let whole = format!(r#"{{"records":[{}]}}"#, record(1, ""));
    for end in 0..whole.len() {
        assert!(Page::parse(whole[..end].to_owned(), "records of app 1").is_err());
    }
}

#[test]
fn ids_must_rise_within_their_bounds() {
    assert!(with_ids(&[4, 5, 9]).check_ids(3, Some(9)).is_ok());
    assert!(with_ids(&[]).check_ids(3, Some(3)).is_ok());
    for (ids, after, up_to) in [
        (&[4, 4][..], 3, None),
        (&[5, 4], 3, None),
        (&[3], 3, None),
        (&[4, 10], 3, Some(9)),
    ] {
        assert!(with_ids(ids).check_ids(after, up_to).is_err(), "{ids:?}");
    }
}

#[test]
fn a_page_has_no_more_records_than_were_asked_for() {
    assert!(with_ids(&[1, 2]).check_size(2).is_ok());
    assert!(with_ids(&[1, 2, 3]).check_size(2).is_err());
}

#[test]
fn raw_records_are_the_bytes_that_came() {
    let first = record(1, r#","n":{"type":"NUMBER","value":"0012.50"}"#);
    let second = record(
        2,
        r#","t":{"type":"MULTI_LINE_TEXT","value":"a\r\nb\u2028"}"#,
    );
    let page = page(&format!("{{\"records\":[{first},\n {second}]}}"));
    let raw: Vec<_> = page
        .raw_records()
        .unwrap()
        .iter()
        .map(|raw| raw.get())
        .collect();
    assert_eq!(raw, [&first, &second]);
    assert_eq!(page.lines().collect::<Vec<_>>(), [first, second]);
}

#[test]
fn a_pretty_printed_record_becomes_one_line_with_the_same_meaning() {
    let text = "{\"records\":[{\r\n\"$id\":{\"value\":\"1\"},\n\"$revision\":{\"value\":\"1\"}}]}";
    let page = page(text);
    let line = page.lines().next().unwrap();
    assert!(!line.contains(['\n', '\r']));
    assert_eq!(Record::from_json(&line).unwrap().id, 1);
}

#[test]
fn records_borrow_their_texts_from_the_page() {
    let page = page(&format!(
        r#"{{"records":[{}]}}"#,
        record(
            1,
            r#","t":{"type":"SINGLE_LINE_TEXT","value":"plain"},"e":{"type":"SINGLE_LINE_TEXT","value":"a\nb"}"#
        )
    ));
    let records = page.records().unwrap();
    let text = |code| match &records[0].get(code).unwrap().value {
        Value::Text(text) => text.clone(),
        other => panic!("{other:?}"),
    };
    assert!(matches!(text("t"), Cow::Borrowed("plain")));
    assert!(matches!(text("e"), Cow::Owned(text) if text == "a\nb"));
    assert_eq!(records[0].get("t").unwrap().kind, FieldType::SingleLineText);
}

use super::*;

const NUMBERS: &str =
    r#""$id":{"type":"__ID__","value":"12"},"$revision":{"type":"__REVISION__","value":"3"}"#;

/// What `field`, the JSON of one field, decodes to.
fn value(field: &str) -> Result<FieldValue<'static>, serde_json::Error> {
    let text = format!(r#"{{{NUMBERS},"f":{field}}}"#);
    let record = Record::from_json(text.leak())?;
    Ok(record.get("f").unwrap().clone())
}

fn text(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text)
}

#[test]
fn a_record_knows_its_numbers_and_keeps_the_order_of_its_fields() {
    let json = format!(
        r#"{{"b":{{"type":"NUMBER","value":"1"}},{NUMBERS},"a":{{"type":"DATE","value":null}}}}"#
    );
    let record = Record::from_json(&json).unwrap();
    assert_eq!((record.id, record.revision), (12, 3));
    assert_eq!(
        record.iter().map(|(code, _)| code).collect::<Vec<_>>(),
        ["b", "a"]
    );
    assert!(record.get("$id").is_none() && record.get("c").is_none());
}

#[test]
fn every_type_of_text_is_a_text() {
    for kind in [
        "RECORD_NUMBER",
        "SINGLE_LINE_TEXT",
        "MULTI_LINE_TEXT",
        "RICH_TEXT",
        "NUMBER",
        "CALC",
        "RADIO_BUTTON",
        "DROP_DOWN",
        "DATE",
        "TIME",
        "DATETIME",
        "LINK",
        "CREATED_TIME",
        "UPDATED_TIME",
        "STATUS",
    ] {
        let field = format!(r#"{{"type":"{kind}","value":"0012.50"}}"#);
        let decoded = value(&field).unwrap();
        assert_eq!(decoded.kind.name(), kind);
        assert_eq!(decoded.value, Value::Text(text("0012.50")));
    }
}

#[test]
fn null_and_the_empty_text_stay_apart() {
    let null = value(r#"{"type":"DATE","value":null}"#).unwrap();
    let empty = value(r#"{"type":"DATE","value":""}"#).unwrap();
    assert_eq!(null.value, Value::Null);
    assert_eq!(empty.value, Value::Text(text("")));
}

#[test]
fn lists_are_lists_even_when_empty() {
    for kind in ["CHECK_BOX", "MULTI_SELECT", "CATEGORY"] {
        let some = value(&format!(r#"{{"type":"{kind}","value":["あ","い\n"]}}"#)).unwrap();
        assert_eq!(some.value, Value::Texts(vec![text("あ"), text("い\n")]));
        let none = value(&format!(r#"{{"type":"{kind}","value":[]}}"#)).unwrap();
        assert_eq!(none.value, Value::Texts(Vec::new()));
    }
}

#[test]
fn users_have_codes_and_names() {
    let sato = User {
        code: text("sato"),
        name: text("佐藤 昇"),
    };
    for kind in ["CREATOR", "MODIFIER"] {
        let one = format!(r#"{{"type":"{kind}","value":{{"code":"sato","name":"佐藤 昇"}}}}"#);
        assert_eq!(value(&one).unwrap().value, Value::User(sato.clone()));
    }
    for kind in [
        "USER_SELECT",
        "ORGANIZATION_SELECT",
        "GROUP_SELECT",
        "STATUS_ASSIGNEE",
    ] {
        let many = format!(r#"{{"type":"{kind}","value":[{{"name":"佐藤 昇","code":"sato"}}]}}"#);
        assert_eq!(
            value(&many).unwrap().value,
            Value::Users(vec![sato.clone()])
        );
    }
}

#[test]
fn files_have_their_size_as_a_number() {
    let decoded = value(
        r#"{"type":"FILE","value":[{"fileKey":"k","name":"../../../x","contentType":"text/plain","size":"23175"}]}"#,
    );
    let file = File {
        file_key: text("k"),
        name: text("../../../x"),
        content_type: text("text/plain"),
        size: 23_175,
    };
    assert_eq!(decoded.unwrap().value, Value::Files(vec![file]));
}

#[test]
fn a_table_has_rows_with_fields_of_their_own() {
    let decoded = value(
        r#"{"type":"SUBTABLE","value":[{"id":"101","value":{"t":{"type":"NUMBER","value":"1"},"f":{"type":"FILE","value":[]}}},{"id":"102","value":{}}]}"#,
    )
    .unwrap();
    let Value::Table(rows) = decoded.value else {
        panic!("{decoded:?}");
    };
    assert_eq!(
        rows.iter().map(|row| row.id).collect::<Vec<_>>(),
        [101, 102]
    );
    assert_eq!(
        rows[0].fields.get("t").unwrap().value,
        Value::Text(text("1"))
    );
    assert_eq!(
        rows[0].fields.get("f").unwrap().value,
        Value::Files(Vec::new())
    );
    assert!(rows[1].fields.is_empty());
}

#[test]
fn the_value_may_stand_before_the_type() {
    for (value_first, type_first) in [
        (
            r#"{"value":"a\"b","type":"LINK"}"#,
            r#"{"type":"LINK","value":"a\"b"}"#,
        ),
        (
            r#"{"value":["x"],"type":"CHECK_BOX"}"#,
            r#"{"type":"CHECK_BOX","value":["x"]}"#,
        ),
        (
            r#"{"value":null,"type":"TIME"}"#,
            r#"{"type":"TIME","value":null}"#,
        ),
        (
            r#"{"value":[{"value":{"n":{"value":"1","type":"NUMBER"}},"id":"5"}],"type":"SUBTABLE"}"#,
            r#"{"type":"SUBTABLE","value":[{"id":"5","value":{"n":{"type":"NUMBER","value":"1"}}}]}"#,
        ),
    ] {
        assert_eq!(value(value_first).unwrap(), value(type_first).unwrap());
    }
}

#[test]
fn an_unknown_type_keeps_its_json() {
    for field in [
        r#"{"type":"HOLOGRAM","value":{"deep":[1, {"er":null}]}}"#,
        r#"{"value":{"deep":[1, {"er":null}]},"type":"HOLOGRAM"}"#,
    ] {
        let decoded = value(field).unwrap();
        assert_eq!(decoded.kind, FieldType::Other("HOLOGRAM".to_owned()));
        let Value::Other(raw) = decoded.value else {
            panic!("{decoded:?}");
        };
        assert_eq!(raw.get(), r#"{"deep":[1, {"er":null}]}"#);
    }
}

#[test]
fn a_value_that_does_not_fit_its_type_is_refused() {
    for field in [
        r#"{"type":"NUMBER","value":["1"]}"#,
        r#"{"type":"CHECK_BOX","value":"x"}"#,
        r#"{"type":"CREATOR","value":[]}"#,
        r#"{"type":"FILE","value":[{"name":"x"}]}"#,
        r#"{"value":"x"}"#,
        r#"{"type":"NUMBER"}"#,
        r#"{"value":{},"type":"NUMBER"}"#,
    ] {
        assert!(value(field).is_err(), "{field}");
    }
}

#[test]
fn a_hint_is_followed_and_corrected() {
    let json = format!(
        r#"{{{NUMBERS},"a":{{"type":"NUMBER","value":"1"}},"b":{{"type":"NUMBER","value":"2"}}}}"#
    );
    let record = Record::from_json(&json).unwrap();
    let mut hint = 7;
    for _ in 0..2 {
        let found = record.fields.get_near("b", &mut hint).unwrap();
        assert_eq!((&found.value, hint), (&Value::Text(text("2")), 1));
    }
}

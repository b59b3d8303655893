use super::*;

fn parse(properties: &str) -> FormFields {
    let body = format!(r#"{{"properties":{{{properties}}},"revision":"7"}}"#);
    FormFields::from_json(body.as_bytes()).unwrap()
}

#[test]
fn fields_keep_the_order_of_the_answer() {
    let form = parse(
        r#""z":{"type":"NUMBER","code":"z","label":"Z","required":true,"unique":true},"a":{"type":"LINK","code":"a","label":"A"}"#,
    );
    assert_eq!(form.revision, "7");
    let codes: Vec<_> = form.properties.iter().map(|field| &field.code).collect();
    assert_eq!(codes, ["z", "a"]);
    let z = form.get("z").unwrap();
    assert!(z.required && z.unique && z.enabled);
    assert_eq!(form.raw["properties"]["a"]["label"], "A");
}

#[test]
fn choices_come_in_the_order_that_people_see() {
    let form = parse(
        r#""r":{"type":"RADIO_BUTTON","label":"R","options":{"b":{"label":"b","index":"10"},"a":{"label":"a","index":"2"}}}"#,
    );
    assert_eq!(form.get("r").unwrap().options, ["a", "b"]);
}

#[test]
fn a_lookup_names_what_it_copies() {
    let form = parse(
        r#""l":{"type":"SINGLE_LINE_TEXT","label":"L","lookup":{"relatedApp":{"app":"5","code":""},"relatedKeyField":"key","fieldMappings":[{"field":"here","relatedField":"there"}],"lookupPickerFields":[]}}"#,
    );
    let lookup = form.get("l").unwrap().lookup.as_ref().unwrap();
    assert_eq!(
        (lookup.related_app, lookup.related_key_field.as_str()),
        (5, "key")
    );
    assert_eq!(lookup.field_mappings[0].field, "here");
    assert_eq!(lookup.field_mappings[0].related_field, "there");
}

#[test]
fn a_subtable_holds_its_fields() {
    let form = parse(
        r#""t":{"type":"SUBTABLE","label":"T","fields":{"y":{"type":"CALC","label":"Y","format":"HOUR_MINUTE","expression":"a*2"},"x":{"type":"FILE","label":"X"}}}"#,
    );
    let table = form.get("t").unwrap();
    let codes: Vec<_> = table.fields.iter().map(|field| &field.code).collect();
    assert_eq!(codes, ["y", "x"]);
    assert_eq!(table.fields[0].format.as_deref(), Some("HOUR_MINUTE"));
    assert_eq!(table.fields[0].expression.as_deref(), Some("a*2"));
}

#[test]
fn a_feature_that_is_off_is_not_enabled() {
    let form = parse(r#""s":{"type":"STATUS","label":"S","enabled":false}"#);
    assert!(!form.get("s").unwrap().enabled);
}

use serde_json::{Value, json};

use super::*;

fn form() -> (FormFields, FormLayout) {
    let fields = json!({ "revision": "3", "properties": {
        "更新日時": { "type": "UPDATED_TIME", "code": "更新日時", "label": "" },
        "作成者": { "type": "CREATOR", "code": "作成者", "label": "" },
        "番号": { "type": "RECORD_NUMBER", "code": "番号", "label": "" },
        "name": { "type": "SINGLE_LINE_TEXT", "code": "name", "label": "" },
        "inside": { "type": "NUMBER", "code": "inside", "label": "" },
        "状態": { "type": "STATUS", "code": "状態", "label": "", "enabled": true },
        "tbl": { "type": "SUBTABLE", "code": "tbl", "label": "", "fields": {
            "t_text": { "type": "SINGLE_LINE_TEXT", "code": "t_text", "label": "" },
        } },
    } });
    let cell = |kind: &str, code: &str| json!({ "type": kind, "code": code });
    let layout = json!({ "revision": "3", "layout": [
        { "type": "SUBTABLE", "code": "tbl", "fields": [cell("SINGLE_LINE_TEXT", "t_text")] },
        { "type": "GROUP", "code": "g", "layout": [
            { "type": "ROW", "fields": [cell("NUMBER", "inside"), { "type": "LABEL", "label": "x" }] },
        ] },
        { "type": "ROW", "fields": [cell("SINGLE_LINE_TEXT", "name")] },
    ] });
    let bytes = |value: &Value| value.to_string().into_bytes();
    let fields = FormFields::from_json(&bytes(&fields)).unwrap();
    (fields, FormLayout::from_json(&bytes(&layout)).unwrap())
}

fn codes(columns: &Columns) -> Vec<&str> {
    columns.columns.iter().map(Column::code).collect()
}

#[test]
fn the_order_is_that_of_the_layout_with_the_system_fields_around_it() {
    let (fields, layout) = form();
    let columns = Columns::of_form(&fields, &layout);
    assert_eq!(
        codes(&columns),
        ["番号", "tbl", "inside", "name", "作成者", "更新日時"]
    );
    assert!(columns.has_tables());
}

#[test]
fn a_selection_has_its_own_order() {
    let (fields, _) = form();
    let selected = ["name", "番号"].map(str::to_owned);
    assert_eq!(
        codes(&Columns::selected(&fields, &selected).unwrap()),
        ["name", "番号"]
    );
}

#[test]
fn a_selection_that_can_not_be_is_refused_with_its_repair() {
    let (fields, _) = form();
    for (code, words) in [
        ("nosuch", "`nosuch`, which the app does not have"),
        ("t_text", "name `tbl` instead"),
        ("状態", "type STATUS has no column"),
    ] {
        let error = Columns::selected(&fields, &[code.to_owned()])
            .unwrap_err()
            .to_string();
        assert!(error.contains(words), "{error}");
    }
}

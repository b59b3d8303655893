//! Values that a message wants left out, because Kintone refuses them: of people who left, of lookup keys that are gone.

use std::collections::BTreeMap;

use kintone_client::{FieldValue, Fields, Record, Row, Value};

/// Values that are not written, by the codes of their fields. Of people, their login names or codes.
pub(crate) type LeaveOut = BTreeMap<String, Vec<String>>;

/// `record` without what is to be left out, and the codes of the fields that were something of; `None` where it has
/// nothing of that.
pub(crate) fn without<'a>(
    left: &LeaveOut,
    record: &Record<'a>,
) -> Option<(Record<'a>, Vec<String>)> {
    if left.is_empty() {
        return None;
    }
    let mut touched = Vec::new();
    let fields = fields(left, &record.fields, &mut touched);
    (!touched.is_empty()).then(|| {
        let record = Record {
            id: record.id,
            revision: record.revision,
            fields,
        };
        (record, touched)
    })
}

fn fields<'a>(left: &LeaveOut, fields: &Fields<'a>, touched: &mut Vec<String>) -> Fields<'a> {
    let fields = fields.iter().map(|(code, field)| {
        let value = match (&field.value, left.get(code)) {
            (Value::Table(rows), _) => Value::Table(self::rows(left, rows, touched)),
            (value, Some(values)) => match cleared(value, values) {
                Some(value) => {
                    touched.push(code.to_owned());
                    value
                }
                None => value.clone(),
            },
            (value, None) => value.clone(),
        };
        let kind = field.kind.clone();
        (code.to_owned().into(), FieldValue { kind, value })
    });
    fields.collect()
}

fn rows<'a>(left: &LeaveOut, rows: &[Row<'a>], touched: &mut Vec<String>) -> Vec<Row<'a>> {
    let rows = rows.iter().map(|row| Row {
        id: row.id,
        fields: fields(left, &row.fields, touched),
    });
    rows.collect()
}

/// `value` without `values`; `None` where it holds none of them.
fn cleared<'a>(value: &Value<'a>, values: &[String]) -> Option<Value<'a>> {
    let is_left = |text: &str| values.iter().any(|value| value == text);
    match value {
        Value::Text(text) if is_left(text) => Some(Value::Text("".into())),
        Value::User(user) if is_left(&user.code) => Some(Value::Null),
        Value::Users(users) if users.iter().any(|user| is_left(&user.code)) => {
            let users = users.iter().filter(|user| !is_left(&user.code));
            Some(Value::Users(users.cloned().collect()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{"$id":{"type":"__ID__","value":"7"},"$revision":{"type":"__REVISION__","value":"1"},
        "who":{"type":"USER_SELECT","value":[{"code":"sato","name":"佐藤"},{"code":"kato","name":"加藤"}]},
        "key":{"type":"SINGLE_LINE_TEXT","value":"K1"},
        "rows":{"type":"SUBTABLE","value":[{"id":"1","value":{"by":{"type":"USER_SELECT","value":[{"code":"sato","name":"佐藤"}]}}}]}}"#;

    fn left(pairs: &[(&str, &str)]) -> LeaveOut {
        let pairs = pairs.iter();
        let left = pairs.map(|(code, value)| ((*code).to_owned(), vec![(*value).to_owned()]));
        left.collect()
    }

    #[test]
    fn people_and_keys_are_left_out_of_fields_and_rows() {
        let record = Record::from_json(RECORD).unwrap();
        let left = left(&[("who", "sato"), ("key", "K1"), ("by", "sato")]);
        let (record, touched) = without(&left, &record).unwrap();
        assert_eq!(touched, ["who", "key", "by"]);
        let Value::Users(who) = &record.get("who").unwrap().value else {
            panic!("no users")
        };
        assert_eq!((who.len(), who[0].code.as_ref()), (1, "kato"));
        assert_eq!(record.get("key").unwrap().value, Value::Text("".into()));
    }

    #[test]
    fn a_record_without_such_a_value_stays_as_it_is() {
        let record = Record::from_json(RECORD).unwrap();
        assert!(without(&left(&[("who", "ito")]), &record).is_none());
        assert!(without(&LeaveOut::new(), &record).is_none());
    }
}

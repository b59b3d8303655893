//! What tells the content of one record from another's.

use kintone_client::{Fields, File, User, Value};

/// The bytes that stand for `fields`: no two records with different values share them.
pub(super) fn bytes_of(fields: &Fields<'_>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1_024);
    push_fields(&mut bytes, fields);
    bytes
}

fn push_fields(bytes: &mut Vec<u8>, fields: &Fields<'_>) {
    push_length(bytes, fields.iter().count());
    for (code, field) in fields.iter() {
        push_text(bytes, code);
        push_text(bytes, field.kind.name());
        push_value(bytes, &field.value);
    }
}

fn push_value(bytes: &mut Vec<u8>, value: &Value<'_>) {
    match value {
        Value::Null => bytes.push(b'0'),
        Value::Text(text) => {
            bytes.push(b't');
            push_text(bytes, text);
        }
        Value::Texts(texts) => push_list(bytes, b'T', texts, |bytes, text| push_text(bytes, text)),
        Value::User(user) => {
            bytes.push(b'u');
            push_user(bytes, user);
        }
        Value::Users(users) => push_list(bytes, b'U', users, push_user),
        Value::Files(files) => push_list(bytes, b'F', files, push_file),
        Value::Table(rows) => push_list(bytes, b'R', rows, |bytes, row| {
            bytes.extend_from_slice(&row.id.to_le_bytes());
            push_fields(bytes, &row.fields);
        }),
        Value::Other(json) => {
            bytes.push(b'j');
            push_text(bytes, json.get());
        }
    }
}

fn push_user(bytes: &mut Vec<u8>, user: &User<'_>) {
    push_text(bytes, &user.code);
    push_text(bytes, &user.name);
}

fn push_file(bytes: &mut Vec<u8>, file: &File<'_>) {
    for text in [&file.file_key, &file.name, &file.content_type] {
        push_text(bytes, text);
    }
    bytes.extend_from_slice(&file.size.to_le_bytes());
}

fn push_list<T>(bytes: &mut Vec<u8>, kind: u8, items: &[T], push: impl Fn(&mut Vec<u8>, &T)) {
    bytes.push(kind);
    push_length(bytes, items.len());
    for item in items {
        push(bytes, item);
    }
}

/// Lengths come first, so that no value can look like two.
fn push_text(bytes: &mut Vec<u8>, text: &str) {
    push_length(bytes, text.len());
    bytes.extend_from_slice(text.as_bytes());
}

fn push_length(bytes: &mut Vec<u8>, length: usize) {
    bytes.extend_from_slice(&(length as u64).to_le_bytes());
}

#[cfg(test)]
mod tests {
    use kintone_client::Record;

    use super::*;

    /// The bytes of a record with the fields `a`, a text, and `b`, choices.
    fn of(a: &str, b: &str) -> Vec<u8> {
        let text = format!(
            r#"{{"$id":{{"type":"__ID__","value":"1"}},"$revision":{{"type":"__REVISION__","value":"1"}},
            "a":{{"type":"SINGLE_LINE_TEXT","value":{a}}},"b":{{"type":"CHECK_BOX","value":{b}}}}}"#
        );
        bytes_of(&Record::from_json(&text).unwrap().fields)
    }

    #[test]
    fn values_that_differ_in_anything_have_other_bytes() {
        let values = [
            ("null", "[]"),
            (r#""""#, "[]"),
            (r#""x""#, "[]"),
            (r#""""#, r#"["x"]"#),
            (r#""""#, r#"["x","y"]"#),
            (r#""""#, r#"["xy"]"#),
            (r#""x""#, r#"["y"]"#),
        ];
        let all: Vec<_> = values.iter().map(|(a, b)| of(a, b)).collect();
        for (at, bytes) in all.iter().enumerate() {
            let first = all.iter().position(|other| other == bytes);
            assert_eq!(first, Some(at), "{:?}", values[at]);
        }
    }
}

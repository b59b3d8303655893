//! How large a record becomes when it is written.

use kintone_client::{Fields, Value};

/// What a field or a row takes besides its code and its value.
const FRAME_BYTES: usize = 16;

/// About how many bytes `fields` take as JSON.
pub(super) fn of_fields(fields: &Fields<'_>) -> usize {
    let sizes = fields
        .iter()
        .map(|(code, field)| FRAME_BYTES + code.len() + of_value(&field.value));
    sizes.sum()
}

fn of_value(value: &Value<'_>) -> usize {
    match value {
        Value::Null => 4,
        Value::Text(text) => text.len(),
        Value::Texts(texts) => texts.iter().map(|text| text.len() + 3).sum(),
        Value::User(user) => FRAME_BYTES + user.code.len(),
        Value::Users(users) => users.iter().map(|user| FRAME_BYTES + user.code.len()).sum(),
        // A key of an upload.
        Value::Files(files) => files.len() * 64,
        Value::Table(rows) => rows
            .iter()
            .map(|row| FRAME_BYTES + of_fields(&row.fields))
            .sum(),
        Value::Other(json) => json.get().len(),
    }
}

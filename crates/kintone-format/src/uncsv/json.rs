//! A record of a CSV in the shape of the API, so that it is read as those of a backup are.

use kintone_client::{FieldValue, Fields, Value};
use serde_json::{Map, Value as Json, json};

use super::CsvRecord;

impl CsvRecord {
    /// The record as JSON on one line, as `records.json` gives it; `$id` and `$revision` are 0 where the CSV
    /// does not tell them.
    pub fn json(&self) -> String {
        let mut record = Map::new();
        let number = |kind: &str, number: Option<u64>| json!({ "type": kind, "value": number.unwrap_or(0).to_string() });
        record.insert("$id".to_owned(), number("__ID__", self.id));
        record.insert(
            "$revision".to_owned(),
            number("__REVISION__", self.revision),
        );
        add(&mut record, &self.fields);
        Json::Object(record).to_string()
    }
}

fn add(object: &mut Map<String, Json>, fields: &Fields<'_>) {
    for (code, field) in fields.iter() {
        object.insert(code.to_owned(), of_field(field));
    }
}

fn of_field(field: &FieldValue<'_>) -> Json {
    let value = match &field.value {
        Value::Null | Value::Other(_) => Json::Null,
        Value::Text(text) => json!(text),
        Value::Texts(texts) => json!(texts),
        Value::User(user) => json!({ "code": user.code, "name": user.name }),
        Value::Users(users) => users
            .iter()
            .map(|user| json!({ "code": user.code, "name": user.name }))
            .collect(),
        Value::Files(files) => files
            .iter()
            .map(|file| {
                json!({
                    "fileKey": file.file_key,
                    "name": file.name,
                    "contentType": file.content_type,
                    "size": file.size.to_string(),
                })
            })
            .collect(),
        Value::Table(rows) => rows
            .iter()
            .map(|row| {
                let mut cells = Map::new();
                add(&mut cells, &row.fields);
                json!({ "id": row.id.to_string(), "value": cells })
            })
            .collect(),
    };
    json!({ "type": field.kind.name(), "value": value })
}

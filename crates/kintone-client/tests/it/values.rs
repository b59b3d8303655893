//! Every type of field, from the service's JSON to values and back to the same bytes.

use kintone_client::{FieldType, PageRequest, Record, Value};
use serde_json::json;
use simulators::kintone::App;

use crate::world::World;

async fn page(world: &World) -> kintone_client::Page {
    let request = PageRequest {
        app: world.app,
        ..PageRequest::default()
    };
    world.client().page(&request).await.unwrap()
}

/// The JSON that a value stands for, as far as the value keeps it.
fn json(value: &Value<'_>) -> serde_json::Value {
    match value {
        Value::Null => json!(null),
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
                json!({ "fileKey": file.file_key, "name": file.name,
                    "contentType": file.content_type, "size": file.size.to_string() })
            })
            .collect(),
        Value::Table(rows) => rows
            .iter()
            .map(|row| {
                let fields = row.fields.iter().map(|(code, field)| {
                    let value = json!({ "type": field.kind.name(), "value": json(&field.value) });
                    (code.to_owned(), value)
                });
                let fields: serde_json::Map<_, _> = fields.collect();
                json!({ "id": row.id.to_string(), "value": fields })
            })
            .collect(),
        Value::Other(raw) => serde_json::from_str(raw.get()).unwrap(),
    }
}

#[tokio::test]
async fn every_type_of_field_keeps_its_value() {
    let world = World::new(App::all_types().process_management());
    let page = page(&world).await;
    let expected = world.kintone.records(world.app);
    let records = page.records().unwrap();
    assert_eq!(records.len(), expected.len());
    for (record, expected) in records.iter().zip(&expected) {
        let expected = expected.as_object().unwrap();
        assert_eq!(record.fields.len() + 2, expected.len());
        for (code, field) in record.iter() {
            assert_eq!(expected[code]["type"], field.kind.name());
            assert_eq!(expected[code]["value"], json(&field.value), "{code}");
            assert!(!matches!(field.kind, FieldType::Other(_)), "{code}");
        }
    }
}

#[tokio::test]
async fn a_saved_line_reads_back_as_the_record() {
    let world = World::new(App::all_types());
    let page = page(&world).await;
    for (line, record) in page.lines().zip(page.records().unwrap()) {
        let read = Record::from_json(&line).unwrap();
        assert_eq!((read.id, read.revision), (record.id, record.revision));
        assert_eq!(read.fields, record.fields);
    }
}

#[tokio::test]
async fn a_field_that_the_caller_may_not_view_is_missing() {
    let world = World::new(App::article());
    let full = page(&world).await.records().unwrap()[0].fields.len();
    assert_eq!(full, 13);
    assert!(
        page(&world).await.records().unwrap()[0]
            .get("ステータス")
            .is_none()
    );
}

#[tokio::test]
async fn a_value_of_ten_megabytes_is_read() {
    let world = World::generated(0);
    let text = "襷\n".repeat(2_600_000);
    world
        .kintone
        .insert(world.app, &[json!({ "company": { "value": text } })]);
    let page = page(&world).await;
    let records = page.records().unwrap();
    assert_eq!(
        records[0].get("company").unwrap().value,
        Value::Text(text.into())
    );
}

//! The golden CSV of an app with all field types.

use kintone_client::{FieldValue, Fields, FormFields, Record, Value};
use kintone_format::{CsvReader, CsvRecord, Encoding};
use simulators::Kintone;
use simulators::kintone::{App, Options};

/// The records of `csv`, which comes in pieces of `size` bytes.
pub(crate) fn read(
    form: &FormFields,
    csv: &[u8],
    encoding: Encoding,
    size: usize,
) -> Vec<CsvRecord> {
    let mut reader = CsvReader::new(form, encoding);
    let mut records = Vec::new();
    for chunk in csv.chunks(size) {
        records.extend(reader.push(chunk).unwrap());
    }
    records.extend(reader.finish().unwrap());
    records
}

pub(crate) async fn form(kintone: &Kintone, app: u64) -> FormFields {
    let auth = kintone_client::Auth::tokens(&kintone.token(app)).unwrap();
    let options = kintone_client::Options::new(kintone.base_url(), auth);
    let client = kintone_client::Client::new(options).unwrap();
    client.form_fields(app).await.unwrap()
}

/// What a CSV can't tell: display names, and all of a file but its name.
fn as_in_csv(value: &Value<'_>) -> Value<'static> {
    let text = |text: &str| std::borrow::Cow::Owned(text.to_owned());
    let user = |user: &kintone_client::User<'_>| kintone_client::User {
        code: text(&user.code),
        name: text(""),
    };
    match value {
        Value::Null | Value::Other(_) => Value::Null,
        Value::Text(value) => Value::Text(text(value)),
        Value::Texts(texts) => Value::Texts(texts.iter().map(|value| text(value)).collect()),
        Value::User(value) => Value::User(user(value)),
        Value::Users(users) => Value::Users(users.iter().map(user).collect()),
        Value::Files(files) => Value::Files(
            files
                .iter()
                .map(|file| kintone_client::File {
                    file_key: text(&file.name),
                    name: text(&file.name),
                    content_type: text(""),
                    size: kintone_format::UNKNOWN_SIZE,
                })
                .collect(),
        ),
        Value::Table(rows) => Value::Table(
            rows.iter()
                .map(|row| kintone_client::Row {
                    id: row.id,
                    fields: row
                        .fields
                        .iter()
                        .map(|(code, field)| (text(code), field_as_in_csv(field)))
                        .collect(),
                })
                .collect(),
        ),
    }
}

fn field_as_in_csv(field: &FieldValue<'_>) -> FieldValue<'static> {
    FieldValue {
        kind: field.kind.clone(),
        value: as_in_csv(&field.value),
    }
}

/// Whether `read` holds what `record` does, as far as a CSV can tell.
pub(crate) fn assert_same(read: &Fields<'_>, record: &Record<'_>) {
    assert!(!read.is_empty());
    for (code, field) in read.iter() {
        let saved = field_as_in_csv(record.get(code).unwrap());
        assert_eq!(*field, saved, "{code} of record {}", record.id);
    }
}

#[tokio::test]
async fn every_value_of_the_golden_csv_comes_back_however_its_bytes_are_cut() {
    let golden = include_bytes!("../../../simulators/tests/golden/all-types.csv");
    let kintone = Kintone::start(Options::default());
    let app = kintone.add_app(App::all_types());
    let form = form(&kintone, app).await;
    for size in [1, 7, 100_000] {
        let records = read(&form, golden, Encoding::Utf8, size);
        let truth = kintone.records(app);
        assert_eq!(records.len(), truth.len());
        for (read, truth) in records.iter().zip(truth) {
            let text = truth.to_string();
            let record = Record::from_json(&text).unwrap();
            assert_eq!(read.id, Some(record.id));
            assert_same(&read.fields, &record);
            let json = read.json();
            let again = Record::from_json(&json).unwrap();
            assert_eq!((again.id, again.revision), (record.id, 0));
            assert_same(&again.fields, &record);
        }
        let lines: Vec<_> = records.iter().map(|record| record.line).collect();
        assert_eq!(lines[0], 2);
        assert!(records.iter().all(|record| record.doubtful.is_empty()));
    }
}

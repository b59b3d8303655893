//! Which record, field and row holds which file.

use kintone_client::{File, Record, Row, Value};
use serde::{Deserialize, Serialize};

/// One line of `{stamp}.attachments.ndjson.gz`, in the order of the records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// Where the file hangs.
    #[serde(flatten)]
    pub place: FilePlace,
    /// The record's revision when the file was saved.
    pub revision: u64,
    /// The file's name, as it was given; it may hold anything, so it is never part of a path.
    pub name: String,
    /// The media type that the service told.
    pub content_type: String,
    /// The size in bytes.
    pub bytes: u64,
    /// SHA-256 of the content: the object is `attachments/{sha256}`.
    pub sha256: String,
}

/// Where a file hangs: the record, the field, the row of its subtable, and its place in the list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FilePlace {
    /// The record's id.
    pub record: u64,
    /// The subtable's code and the row's id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub row: Option<(String, u64)>,
    /// The field's code.
    pub field: String,
    /// The place in the field's list, from 0.
    pub index: usize,
}

/// The files of `record`, in its order.
pub fn files_of<'r>(record: &'r Record<'_>) -> Vec<(FilePlace, &'r File<'r>)> {
    let mut found = Vec::new();
    for (code, field) in record.iter() {
        match &field.value {
            Value::Files(files) => push_files(&mut found, record.id, None, code, files),
            Value::Table(rows) => {
                for row in rows {
                    push_row(&mut found, record.id, code, row);
                }
            }
            _ => {}
        }
    }
    found
}

fn push_row<'r>(
    found: &mut Vec<(FilePlace, &'r File<'r>)>,
    record: u64,
    table: &str,
    row: &'r Row<'_>,
) {
    for (code, field) in row.fields.iter() {
        if let Value::Files(files) = &field.value {
            push_files(found, record, Some((table, row.id)), code, files);
        }
    }
}

fn push_files<'r>(
    found: &mut Vec<(FilePlace, &'r File<'r>)>,
    record: u64,
    row: Option<(&str, u64)>,
    field: &str,
    files: &'r [File<'_>],
) {
    for (index, file) in files.iter().enumerate() {
        let row = row.map(|(table, id)| (table.to_owned(), id));
        found.push((
            FilePlace {
                record,
                row,
                field: field.to_owned(),
                index,
            },
            file,
        ));
    }
}

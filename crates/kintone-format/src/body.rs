//! What a record holds, as the body of a write.

mod json;
mod shape;

use std::collections::HashMap;

use kintone_client::{FieldType, FieldValue, Fields, File, FormFields, RecordBody, Row, Value};

use self::json::Json;
use self::shape::{Shape, is_choice, is_unset_person};
use crate::attachment::FilePlace;
use crate::obstacle::{Obstacle, obstacle};

/// What is written besides the plain values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BodyOptions {
    /// Whether who made and changed a record, and when, is written: when adding, by whoever manages the app.
    pub history: bool,
    /// Whether rows keep their ids: when changing a record that has these rows.
    pub row_ids: bool,
    /// Codes of fields that are left out, such as the key of an upsert.
    pub without: Vec<String>,
}

/// What stands for a saved value.
#[derive(Clone, Copy)]
pub struct Substitutes<'a> {
    /// The key that attaches a saved file: that of its new upload. An empty one leaves the file out; none is an error.
    pub file: &'a (dyn Fn(&FilePlace, &File<'_>) -> Option<String> + Send + Sync),
    /// What is written for a text of the field of this code, where it is another: a reference to a record that has a new number.
    pub text: &'a (dyn Fn(&str, &str) -> Option<String> + Send + Sync),
}

impl std::fmt::Debug for Substitutes<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Substitutes")
    }
}

/// Makes the bodies of writes to one form. What can't be written is left out, see [`obstacle`].
#[derive(Clone, Debug)]
pub struct BodyWriter {
    fields: HashMap<String, Target>,
    row_ids: bool,
}

/// A field that takes values.
#[derive(Clone, Debug)]
struct Target {
    kind: FieldType,
    /// The inner fields of a subtable.
    inner: HashMap<String, FieldType>,
}

/// A record can't be written as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// The field is of a type whose values are of another shape.
    #[error("{code} was {saved} and is now {now}, which does not take its value")]
    Retyped {
        /// The field's code.
        code: String,
        /// The type that was saved.
        saved: String,
        /// The type now.
        now: String,
    },
    /// There is no upload for a file.
    #[error("there is no upload for file {index} of {field} in record {record}")]
    NoFile {
        /// The record's id in the backup.
        record: u64,
        /// The field's code.
        field: String,
        /// The place in the field's list, from 0.
        index: usize,
    },
    /// The body is no JSON; never for values that were read.
    #[error("the body is no JSON: {reason}")]
    NotJson {
        /// What is wrong.
        reason: String,
    },
}

impl BodyWriter {
    /// Writes to `form`.
    pub fn new(form: &FormFields, options: &BodyOptions) -> Self {
        let takes = |field: &kintone_client::Field| {
            let is_wanted = !options.without.contains(&field.code);
            is_wanted
                && match obstacle(field, form) {
                    None => true,
                    Some(Obstacle::History) => options.history,
                    Some(_) => false,
                }
        };
        let fields = form.properties.iter().filter(|field| takes(field));
        let fields = fields.map(|field| {
            let inner = field.fields.iter().filter(|inner| takes(inner));
            let target = Target {
                kind: field.kind.clone(),
                inner: inner
                    .map(|inner| (inner.code.clone(), inner.kind.clone()))
                    .collect(),
            };
            (field.code.clone(), target)
        });
        Self {
            fields: fields.collect(),
            row_ids: options.row_ids,
        }
    }

    /// The body for `fields` of the record that had the id `record`.
    ///
    /// Fields that the form lacks are left out; fields that only the form has get their defaults, or
    /// stay as they are when a record is changed.
    ///
    /// # Errors
    /// A field has another type now, or a file has no upload.
    pub fn body(
        &self,
        record: u64,
        fields: &Fields<'_>,
        substitutes: Substitutes<'_>,
    ) -> Result<RecordBody, BodyError> {
        let mut writing = Writing {
            out: Json::new(),
            row_ids: self.row_ids,
            record,
            substitutes,
        };
        writing.out.push("{");
        for (code, field) in fields.iter() {
            if let Some(target) = self.fields.get(code) {
                writing.field(code, field, target)?;
            }
        }
        writing.out.close(b'}');
        RecordBody::from_json(writing.out.finish()).map_err(|error| not_json(&error))
    }
}

fn not_json(error: &impl ToString) -> BodyError {
    BodyError::NotJson {
        reason: error.to_string(),
    }
}

/// A body under way.
struct Writing<'a> {
    out: Json,
    row_ids: bool,
    record: u64,
    substitutes: Substitutes<'a>,
}

impl Writing<'_> {
    fn field(
        &mut self,
        code: &str,
        field: &FieldValue<'_>,
        target: &Target,
    ) -> Result<(), BodyError> {
        if is_unset_person(&field.value, &target.kind) {
            return Ok(());
        }
        self.out.name(code);
        self.out.push(r#"{"value":"#);
        match (&field.value, &target.kind) {
            (Value::Table(rows), FieldType::Subtable) => self.rows(code, rows, target)?,
            _ => self.value(code, None, field, &target.kind)?,
        }
        self.out.push("},");
        Ok(())
    }

    fn rows(&mut self, table: &str, rows: &[Row<'_>], target: &Target) -> Result<(), BodyError> {
        self.out.push("[");
        for row in rows {
            self.out.push("{");
            if self.row_ids && row.id > 0 {
                let id = format!(r#""id":"{}","#, row.id);
                self.out.push(&id);
            }
            self.out.push(r#""value":{"#);
            for (code, field) in row.fields.iter() {
                let Some(kind) = target.inner.get(code) else {
                    continue;
                };
                self.out.name(code);
                self.out.push(r#"{"value":"#);
                self.value(code, Some((table, row.id)), field, kind)?;
                self.out.push("},");
            }
            self.out.close(b'}');
            self.out.push("},");
        }
        self.out.close(b']');
        Ok(())
    }

    fn value(
        &mut self,
        code: &str,
        row: Option<(&str, u64)>,
        field: &FieldValue<'_>,
        now: &FieldType,
    ) -> Result<(), BodyError> {
        match (&field.value, Shape::of(now)) {
            (Value::Null, Shape::List) => self.out.push("[]"),
            (Value::Null, Shape::Text | Shape::Person) => self.out.push("null"),
            (Value::Text(text), Shape::Text) => {
                let other = (self.substitutes.text)(code, text);
                self.out.text(other.as_deref().unwrap_or(text));
            }
            (Value::User(user), Shape::Person) => self.out.user(user),
            (Value::Texts(texts), Shape::List) if is_choice(now) => {
                self.out.list(texts, |out, text| out.text(text));
            }
            (Value::Users(users), Shape::List) if field.kind == *now => {
                self.out.list(users, |out, user| out.user(user));
            }
            (Value::Files(files), Shape::List) if *now == FieldType::File => {
                self.files(code, row, files)?;
            }
            _ => {
                return Err(BodyError::Retyped {
                    code: code.to_owned(),
                    saved: field.kind.to_string(),
                    now: now.to_string(),
                });
            }
        }
        Ok(())
    }

    fn files(
        &mut self,
        code: &str,
        row: Option<(&str, u64)>,
        files: &[File<'_>],
    ) -> Result<(), BodyError> {
        self.out.push("[");
        for (index, file) in files.iter().enumerate() {
            let place = FilePlace {
                record: self.record,
                row: row.map(|(table, id)| (table.to_owned(), id)),
                field: code.to_owned(),
                index,
            };
            let Some(key) = (self.substitutes.file)(&place, file) else {
                return Err(BodyError::NoFile {
                    record: self.record,
                    field: code.to_owned(),
                    index,
                });
            };
            if key.is_empty() {
                continue;
            }
            self.out.push(r#"{"fileKey":"#);
            self.out.text(&key);
            self.out.push("},");
        }
        self.out.close(b']');
        Ok(())
    }
}

#[cfg(test)]
mod tests;

//! Records put in place behind the API's back: kept as they are given, with the gaps filled in.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::auth::{ADMINISTRATOR, Directory};
use super::field::{Field, FieldType};
use super::file::Files;
use super::record::Record;
use super::state::{State, minute};
use super::values::Values;

impl State {
    /// Adds a record as it is given, unchecked, with everything filled in that is left out.
    pub(crate) fn seed(&mut self, app: u64, given: &Value) -> Option<u64> {
        let now = minute(self.clock.now());
        let hosted = self.apps.get_mut(&app)?;
        let form = Arc::clone(&hosted.app);
        let mut planter = Planter {
            files: &mut self.files,
            directory: &mut self.directory,
            last_row: &mut hosted.last_row,
        };
        let mut values = Values::with_capacity(form.fields.len());
        for field in &form.fields {
            let value = match (&given[&*field.code]["value"], field.kind) {
                (Value::Null, FieldType::Creator | FieldType::Modifier) => {
                    json!({ "code": ADMINISTRATOR, "name": ADMINISTRATOR })
                }
                (Value::Null, FieldType::CreatedTime | FieldType::UpdatedTime) => json!(now),
                (Value::Null, _) => field.default.clone().unwrap_or_else(|| field.kind.empty()),
                (value, _) => planter.plant(field, value),
            };
            values.set(&field.code, value);
        }
        let id = hosted.records.next_id();
        hosted.records.put(Record {
            id,
            revision: 1,
            values,
        });
        hosted.records.commit();
        Some(id)
    }

    /// Changes a record as if somebody had edited it, unchecked.
    pub(crate) fn edit(&mut self, app: u64, id: u64, given: &Value) -> Option<u64> {
        let now = minute(self.clock.now());
        let hosted = self.apps.get_mut(&app)?;
        let form = Arc::clone(&hosted.app);
        let mut record = Record::clone(&*hosted.records.get(&form, id)?);
        let mut planter = Planter {
            files: &mut self.files,
            directory: &mut self.directory,
            last_row: &mut hosted.last_row,
        };
        for field in &form.fields {
            let value = match given.get(&*field.code).map(|given| &given["value"]) {
                Some(value) => planter.plant(field, value),
                None if field.kind == FieldType::UpdatedTime => json!(now),
                None => continue,
            };
            record.values.set(&field.code, value);
        }
        record.revision += 1;
        let revision = record.revision;
        hosted.records.put(record);
        hosted.records.commit();
        Some(revision)
    }
}

/// What values take when they are put in place: files get keys, rows get numbers, and whoever is
/// named becomes known.
struct Planter<'a> {
    files: &'a mut Files,
    directory: &'a mut Directory,
    last_row: &'a mut u64,
}

impl Planter<'_> {
    fn plant(&mut self, field: &Field, given: &Value) -> Value {
        self.directory.meet(field.kind, given);
        let items = given.as_array().into_iter().flatten();
        match field.kind {
            FieldType::File => items.map(|item| self.files.plant(item)).collect(),
            FieldType::Subtable => items.map(|row| self.plant_row(field, row)).collect(),
            _ => given.clone(),
        }
    }

    fn plant_row(&mut self, table: &Field, given: &Value) -> Value {
        let asked = given["id"].as_str().and_then(|id| id.parse().ok());
        let id = asked.unwrap_or(*self.last_row + 1);
        *self.last_row = id.max(*self.last_row);
        let mut cells = Map::new();
        for field in &table.inner {
            let value = match &given["value"][&*field.code]["value"] {
                Value::Null => field.kind.empty(),
                value => self.plant(field, value),
            };
            cells.insert(
                field.code.to_string(),
                json!({ "type": field.kind.name(), "value": value }),
            );
        }
        json!({ "id": id.to_string(), "value": cells })
    }
}

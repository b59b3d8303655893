//! All that a domain holds.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::app::App;
use super::auth::Directory;
use super::cursor::Cursors;
use super::error::Refusal;
use super::field::{Field, FieldType};
use super::file::Files;
use super::record::{Record, Records};

/// An app with its records.
#[derive(Debug)]
pub(crate) struct Hosted {
    pub(crate) app: App,
    pub(crate) records: Records,
    pub(crate) revision: u64,
    pub(crate) last_row: u64,
}

impl Hosted {
    /// A new row number; rows are numbered across all tables and records of an app.
    pub(crate) fn next_row(&mut self) -> u64 {
        self.last_row += 1;
        self.last_row
    }

    /// The record as JSON, with every field.
    pub(crate) fn record_json(&self, id: u64) -> Option<Value> {
        if !self.records.exists(id) {
            return None;
        }
        let mut json = Vec::new();
        self.records.write(&self.app, id, None, &mut json);
        serde_json::from_slice(&json).ok()
    }
}

/// The time, which a test may set or move.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock {
    fixed: Option<Timestamp>,
    ahead: Duration,
}

impl Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "a simulator has no other clock to take"
    )]
    pub(crate) fn now(self) -> Timestamp {
        self.fixed.unwrap_or_else(Timestamp::now) + self.ahead
    }

    pub(crate) fn set(&mut self, now: Timestamp) {
        *self = Self {
            fixed: Some(now),
            ahead: Duration::ZERO,
        };
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.ahead += by;
    }
}

/// An instant as records carry it: in UTC, and never finer than a minute.
pub(crate) fn minute(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:00Z").to_string()
}

/// The state of a domain.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) apps: BTreeMap<u64, Hosted>,
    pub(crate) directory: Directory,
    pub(crate) files: Files,
    pub(crate) cursors: Cursors,
    pub(crate) clock: Clock,
    pub(crate) refusals: u64,
}

impl State {
    /// The app, reached by the right path for where it lives.
    pub(crate) fn app(&self, id: u64, space: Option<u64>) -> Result<&Hosted, Refusal> {
        let hosted = self.apps.get(&id).ok_or(Refusal::new("GAIA_AP01"))?;
        if hosted.app.guest_space == space {
            Ok(hosted)
        } else {
            Err(Refusal::new("GAIA_IL23"))
        }
    }

    /// Adds a record as it is given, unchecked, with everything filled in that is left out.
    pub(crate) fn seed(&mut self, app: u64, given: &Value) -> Option<u64> {
        let now = minute(self.clock.now());
        let Self { apps, files, .. } = self;
        let hosted = apps.get_mut(&app)?;
        let id = hosted.records.next_id();
        let mut values = BTreeMap::new();
        for field in hosted.app.fields.clone() {
            let value = match (&given[&field.code]["value"], field.kind) {
                (Value::Null, FieldType::Creator | FieldType::Modifier) => {
                    json!({ "code": "Administrator", "name": "Administrator" })
                }
                (Value::Null, FieldType::CreatedTime | FieldType::UpdatedTime) => json!(now),
                (Value::Null, _) => field.default.clone().unwrap_or_else(|| field.kind.empty()),
                (value, _) => plant(&field, value, hosted, files),
            };
            values.insert(field.code, value);
        }
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
        let Self { apps, files, .. } = self;
        let hosted = apps.get_mut(&app)?;
        let mut record = Record::clone(&*hosted.records.get(&hosted.app, id)?);
        for field in hosted.app.fields.clone() {
            match given.get(&field.code).map(|given| &given["value"]) {
                Some(value) => {
                    let value = plant(&field, value, hosted, files);
                    record.values.insert(field.code, value);
                }
                None if field.kind == FieldType::UpdatedTime => {
                    record.values.insert(field.code, json!(now));
                }
                None => {}
            }
        }
        record.revision += 1;
        let revision = record.revision;
        hosted.records.put(record);
        hosted.records.commit();
        Some(revision)
    }
}

/// A value as the record keeps it: rows get ids and types, files get keys.
fn plant(field: &Field, given: &Value, hosted: &mut Hosted, files: &mut Files) -> Value {
    match field.kind {
        FieldType::File => {
            let items = given.as_array().into_iter().flatten();
            items.map(|item| files.plant(item)).collect()
        }
        FieldType::Subtable => {
            let rows = given.as_array().into_iter().flatten();
            rows.map(|row| plant_row(field, row, hosted, files))
                .collect()
        }
        _ => given.clone(),
    }
}

fn plant_row(table: &Field, given: &Value, hosted: &mut Hosted, files: &mut Files) -> Value {
    let id = match given["id"].as_str().and_then(|id| id.parse().ok()) {
        Some(id) => id,
        None => hosted.next_row(),
    };
    hosted.last_row = hosted.last_row.max(id);
    let cells = table.inner.iter().map(|field| {
        let value = match &given["value"][&field.code]["value"] {
            Value::Null => field.kind.empty(),
            value => plant(field, value, hosted, files),
        };
        (
            field.code.clone(),
            json!({ "type": field.kind.name(), "value": value }),
        )
    });
    json!({ "id": id.to_string(), "value": cells.collect::<serde_json::Map<_, _>>() })
}

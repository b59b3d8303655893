//! The records of an app: what was written, over what is generated from the id alone.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::app::{App, Generate};
use super::field::FieldType;
use super::values::Values;

/// A record: its values in the shapes of the API.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Record {
    pub(crate) id: u64,
    pub(crate) revision: u64,
    pub(crate) values: Values,
}

impl Record {
    pub(crate) fn value(&self, code: &str) -> &Value {
        self.values.get(code).unwrap_or(&Value::Null)
    }
}

/// What is kept under an id.
#[derive(Clone, Debug)]
enum Slot {
    /// Nothing was written: the record is generated, or there is none.
    Untouched,
    Deleted,
    Held(Arc<Record>),
}

/// All records of an app.
///
/// Ids 1 to `generated` exist without being held anywhere; `changed` lies over them, with `None`
/// for what was deleted.
#[derive(Debug, Default)]
pub(crate) struct Records {
    changed: BTreeMap<u64, Option<Arc<Record>>>,
    generated: u64,
    generate: Option<Generate>,
    last_id: u64,
    /// How many records there are, generated ones included.
    count: u64,
    unique: HashMap<Arc<str>, HashMap<String, u64>>,
    journal: Vec<(u64, Slot)>,
}

impl Records {
    pub(crate) fn new(app: &App) -> Self {
        let unique = app.fields.iter().filter(|field| field.unique);
        Self {
            generated: app.generated,
            generate: app.generate,
            last_id: app.generated,
            count: app.generated,
            unique: unique
                .map(|field| (field.code.clone(), HashMap::new()))
                .collect(),
            ..Self::default()
        }
    }

    /// A new id: one more than any that was ever given.
    pub(crate) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    pub(crate) fn exists(&self, id: u64) -> bool {
        match self.changed.get(&id) {
            Some(changed) => changed.is_some(),
            None => (1..=self.generated).contains(&id),
        }
    }

    /// The record itself, built from its id where it is only generated.
    pub(crate) fn get(&self, app: &App, id: u64) -> Option<Arc<Record>> {
        match self.changed.get(&id) {
            Some(changed) => changed.clone(),
            None if self.exists(id) => Some(Arc::new(self.build(app, id))),
            None => None,
        }
    }

    fn build(&self, app: &App, id: u64) -> Record {
        let mut values = Values::with_capacity(app.fields.len());
        for field in app.fields.iter().filter(|field| field.kind.has_value()) {
            let mut json = Vec::new();
            if let Some(generate) = self.generate {
                generate(id, &field.code, &mut json);
            }
            let value = serde_json::from_slice(&json).unwrap_or_else(|_| field.kind.empty());
            values.set(&field.code, value);
        }
        Record {
            id,
            revision: 1,
            values,
        }
    }

    /// The ids from `low` to `high` that exist, ascending; reverse it for the other order.
    pub(crate) fn ids(&self, low: u64, high: u64) -> impl DoubleEndedIterator<Item = u64> {
        let generated = low.max(1)..=high.min(self.generated);
        let above = low.max(self.generated + 1);
        let written = self
            .changed
            .range(above..=high.max(above))
            .filter(move |(id, _)| **id <= high);
        generated.filter(|id| self.exists(*id)).chain(
            written
                .filter(|(_, record)| record.is_some())
                .map(|(id, _)| *id),
        )
    }

    /// How many records there are from `low` to `high`, without a walk over the generated ones, or over any where
    /// all are meant.
    pub(crate) fn count(&self, low: u64, high: u64) -> u64 {
        if low <= 1 && high >= self.last_id {
            return self.count;
        }
        let generated = (high.min(self.generated) + 1).saturating_sub(low.max(1));
        let deleted = self.changed.iter().filter(|(id, record)| {
            (low..=high).contains(*id) && **id <= self.generated && record.is_none()
        });
        let written = self.changed.iter().filter(|(id, record)| {
            (low..=high).contains(*id) && **id > self.generated && record.is_some()
        });
        generated - deleted.count() as u64 + written.count() as u64
    }

    /// The record with this value in a field that allows it once.
    pub(crate) fn find_unique(&self, code: &str, value: &str) -> Option<u64> {
        self.unique.get(code)?.get(value).copied()
    }

    /// Adds or replaces a record.
    pub(crate) fn put(&mut self, record: Record) {
        self.last_id = self.last_id.max(record.id);
        let id = record.id;
        let before = self.set(id, Slot::Held(Arc::new(record)));
        self.journal.push((id, before));
    }

    pub(crate) fn remove(&mut self, id: u64) {
        let before = self.set(id, Slot::Deleted);
        self.journal.push((id, before));
    }

    /// Keeps `slot` under the id, and gives what was kept there.
    fn set(&mut self, id: u64, slot: Slot) -> Slot {
        let held = match &slot {
            Slot::Held(record) => Some(Arc::clone(record)),
            Slot::Untouched | Slot::Deleted => None,
        };
        let existed = self.exists(id);
        let before = match slot {
            Slot::Untouched => self.changed.remove(&id),
            Slot::Deleted => self.changed.insert(id, None),
            Slot::Held(record) => self.changed.insert(id, Some(record)),
        };
        let before = match before {
            None => Slot::Untouched,
            Some(None) => Slot::Deleted,
            Some(Some(record)) => Slot::Held(record),
        };
        self.count = self.count + u64::from(self.exists(id)) - u64::from(existed);
        for (code, values) in &mut self.unique {
            if let Slot::Held(record) = &before {
                values.remove(record.value(code).as_str().unwrap_or_default());
            }
            let text = held.as_ref().and_then(|record| record.value(code).as_str());
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                values.insert(text.to_owned(), id);
            }
        }
        before
    }

    /// Forgets how things were before: what was written stays.
    pub(crate) fn commit(&mut self) {
        self.journal.clear();
    }

    /// Puts everything back as it was at the last commit. Ids that were given stay used.
    pub(crate) fn roll_back(&mut self) {
        while let Some((id, before)) = self.journal.pop() {
            self.set(id, before);
        }
    }

    /// Appends the record as JSON, with only the `wanted` fields where there is such a list.
    pub(crate) fn write(&self, app: &App, id: u64, wanted: Option<&[String]>, out: &mut Vec<u8>) {
        let stored = self.changed.get(&id).and_then(Option::as_deref);
        let revision = stored.map_or(1, |record| record.revision);
        let wants = |code: &str| wanted.is_none_or(|codes| codes.iter().any(|other| other == code));
        out.push(b'{');
        if wants("$id") {
            out.extend(format!(r#""$id":{{"type":"__ID__","value":"{id}"}},"#).bytes());
        }
        if wants("$revision") {
            let revision =
                format!(r#""$revision":{{"type":"__REVISION__","value":"{revision}"}},"#);
            out.extend(revision.bytes());
        }
        for field in app
            .fields
            .iter()
            .filter(|field| app.shows(field) && wants(&field.code))
        {
            write_json(&*field.code, out);
            out.extend(br#":{"type":""#);
            out.extend(field.kind.name().bytes());
            out.extend(br#"","value":"#);
            match (stored, self.generate) {
                _ if field.kind == FieldType::RecordNumber => {
                    write_json(&app.record_number(id), out);
                }
                (Some(record), _) => match record.values.get(&field.code) {
                    Some(value) => write_json(value, out),
                    // A field that came after the record was written.
                    None => write_json(&field.kind.empty(), out),
                },
                (None, Some(generate)) => generate(id, &field.code, out),
                (None, None) => write_json(&field.kind.empty(), out),
            }
            out.extend(b"},");
        }
        if out.last() == Some(&b',') {
            out.pop();
        }
        out.push(b'}');
    }
}

#[expect(
    clippy::expect_used,
    reason = "a JSON value can always be written to memory"
)]
fn write_json(value: &(impl Serialize + ?Sized), out: &mut Vec<u8>) {
    serde_json::to_writer(out, value).expect("memory takes every value");
}

//! A table that an account holds, with what it held when.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::data::{Items, Place, canonical, tidy};
use super::export::Scope;
use super::history::History;
use super::output::md5;
use super::table::{PointInTimeRecovery, Table};

/// A table that an account holds.
#[derive(Debug)]
pub(super) struct Hosted {
    pub(super) table: Table,
    pub(super) id: String,
    pub(super) history: History,
    pub(super) recovery: PointInTimeRecovery,
    /// What it holds after all changes, whatever the time.
    pub(super) items: Items,
    /// Until when it is being created or deleted, as its status tells.
    pub(super) changing: Option<Timestamp>,
}

impl Hosted {
    pub(super) fn new(mut table: Table, id: String) -> Self {
        let earliest = table.created;
        let recovery = table
            .recovery
            .unwrap_or(PointInTimeRecovery::On { earliest });
        let items = std::mem::take(&mut table.items);
        let mut hosted = Self {
            table,
            id,
            history: History::default(),
            recovery,
            items: Items::default(),
            changing: None,
        };
        for item in items {
            hosted.put(hosted.table.created, item);
        }
        hosted
    }

    /// Ends its creation if the time has come; tells whether the end of its deletion has come.
    pub(super) fn is_gone(&mut self, now: Timestamp) -> bool {
        if self.changing.is_none_or(|until| now < until) {
            return false;
        }
        self.changing = None;
        let gone = self.table.status == "DELETING";
        "ACTIVE".clone_into(&mut self.table.status);
        gone
    }

    /// Whether its items can be read and written.
    pub(super) fn has_items(&self) -> bool {
        !["CREATING", "DELETING"].contains(&self.table.status.as_str())
    }

    pub(super) fn put(&mut self, at: Timestamp, item: Value) {
        self.write(at, Some(tidy(item)), &Value::Null);
    }

    pub(super) fn delete(&mut self, at: Timestamp, keys: &Value) {
        self.write(at, None, &canonical(keys));
    }

    /// Writes what is canonical already: the item, or nothing for the item of these keys.
    pub(super) fn write(&mut self, at: Timestamp, image: Option<Value>, keys: &Value) {
        let image = image.map(Arc::new);
        let keys = self.keys(image.as_deref().unwrap_or(keys));
        let place = Place::of(&self.table, &keys);
        let last = self.history.add(at, keys, image.clone());
        match image {
            _ if !last => {}
            Some(image) => self.items.put(place, image, at),
            None => self.items.remove(&place),
        }
    }

    /// The key attributes of an item, in the order of the schema.
    pub(super) fn keys(&self, item: &Value) -> Value {
        let mut keys = Map::new();
        for (name, kind) in &self.table.keys {
            let value = item.get(name);
            let typed = value.and_then(|value| value.get(kind));
            assert!(typed.is_some(), "{item} has no key {name} of type {kind}");
            keys.insert(name.clone(), value.cloned().unwrap_or_default());
        }
        Value::Object(keys)
    }

    /// The partition of an item or of a record's keys.
    pub(super) fn partition(&self, item: &Value) -> usize {
        let key = self
            .table
            .keys
            .first()
            .map(|(name, _)| &item[name.as_str()]);
        let key = key.map(Value::to_string).unwrap_or_default();
        let hash = md5(key.as_bytes());
        usize::from(hash[0]) % self.table.partitions
    }

    /// The lines of each data file of an export.
    pub(super) fn lines(&self, scope: Scope) -> Vec<Vec<Value>> {
        let mut files = vec![Vec::new(); self.table.partitions];
        match scope {
            Scope::Full(time) => {
                for item in self.history.before(time).into_values() {
                    files[self.partition(item)].push(json!({ "Item": item }));
                }
            }
            Scope::Incremental {
                from,
                to,
                old_images,
            } => {
                for record in self.history.records(from, to, old_images) {
                    files[self.partition(&record["Keys"])].push(record);
                }
            }
        }
        files
    }
}

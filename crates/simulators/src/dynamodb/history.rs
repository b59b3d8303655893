//! What a table held when.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// A put or a delete.
#[derive(Clone, Debug)]
struct Change {
    at: Timestamp,
    keys: Value,
    image: Option<Arc<Value>>,
}

/// All changes of a table, in the order of their times.
#[derive(Clone, Debug, Default)]
pub(super) struct History(Vec<Change>);

impl History {
    /// Adds a change: the item's new image, or `None` when it was deleted. Tells whether it is the item's last one.
    pub(super) fn add(&mut self, at: Timestamp, keys: Value, image: Option<Arc<Value>>) -> bool {
        let place = self.0.partition_point(|change| change.at <= at);
        let later = self.0.get(place..).unwrap_or_default();
        let last = later.iter().all(|change| change.keys != keys);
        self.0.insert(place, Change { at, keys, image });
        last
    }

    /// The items just before `time`, by their keys: a change at `time` is not in it yet.
    pub(super) fn before(&self, time: Timestamp) -> BTreeMap<String, &Value> {
        let mut items = BTreeMap::new();
        for change in self.0.iter().take_while(|change| change.at < time) {
            match &change.image {
                Some(image) => items.insert(change.keys.to_string(), image.as_ref()),
                None => items.remove(&change.keys.to_string()),
            };
        }
        items
    }

    /// The records of an incremental export: one for each item that was written in `from..to`, as it was before and
    /// after. An item that was not there before and is not there after has none.
    pub(super) fn records(&self, from: Timestamp, to: Timestamp, old_images: bool) -> Vec<Value> {
        let (before, after) = (self.before(from), self.before(to));
        let mut written = BTreeMap::new();
        for change in self
            .0
            .iter()
            .filter(|change| (from..to).contains(&change.at))
        {
            written.insert(change.keys.to_string(), (change.at, &change.keys));
        }
        let mut records = Vec::new();
        for (key, (at, keys)) in written {
            let (old, new) = (before.get(&key), after.get(&key));
            if old.is_none() && new.is_none() {
                continue;
            }
            let mut record = Map::new();
            let micros = at.as_microsecond().to_string();
            let metadata = json!({ "WriteTimestampMicros": { "N": micros } });
            record.insert("Metadata".to_owned(), metadata);
            record.insert("Keys".to_owned(), keys.clone());
            if let Some(new) = new {
                record.insert("NewImage".to_owned(), (*new).clone());
            }
            if let Some(old) = old.filter(|_| old_images) {
                record.insert("OldImage".to_owned(), (*old).clone());
            }
            records.push(Value::Object(record));
        }
        records
    }
}

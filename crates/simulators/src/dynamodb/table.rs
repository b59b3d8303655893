//! A table: its keys, its tags, and how far back it can be exported.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::data::{Items, Place, canonical, tidy};
use super::export::Scope;
use super::history::History;
use super::output::md5;

/// Whether and since when a table can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointInTimeRecovery {
    /// Not at all.
    Off,
    /// The table is so new that its continuous backups are not there yet; they can't be switched on either.
    Unavailable,
    /// From `earliest` to five minutes ago.
    On {
        /// `EarliestRestorableDateTime`, which is never before the last 35 days.
        earliest: Timestamp,
    },
    /// Exactly from `earliest` to `latest`, whatever the time.
    Between {
        /// `EarliestRestorableDateTime`.
        earliest: Timestamp,
        /// `LatestRestorableDateTime`.
        latest: Timestamp,
    },
}

/// How far back a table can be exported at most.
const PERIOD: Duration = Duration::from_hours(35 * 24);

/// How long ago `LatestRestorableDateTime` is.
const BEHIND: Duration = Duration::from_mins(5);

impl PointInTimeRecovery {
    /// The first and the last time as of which the table can be exported.
    pub(super) fn window(self, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
        match self {
            Self::Off | Self::Unavailable => None,
            Self::On { earliest } => {
                let earliest = earliest.max(now - PERIOD);
                Some((earliest, (now - BEHIND).max(earliest)))
            }
            Self::Between { earliest, latest } => Some((earliest, latest)),
        }
    }
}

/// A table, from its creation on.
#[derive(Clone, Debug)]
pub struct Table {
    pub(super) name: String,
    pub(super) keys: Vec<(String, String)>,
    pub(super) tags: Vec<(String, String)>,
    pub(super) created: Timestamp,
    pub(super) recovery: Option<PointInTimeRecovery>,
    pub(super) partitions: usize,
    pub(super) status: String,
    /// Global secondary indexes with all attributes: their names and keys.
    pub(super) indexes: Vec<(String, Vec<(String, String)>)>,
    /// Read and write units a second, if they are provisioned.
    pub(super) provisioned: Option<(u64, u64)>,
    pub(super) time_to_live: Option<String>,
    pub(super) streams: bool,
    pub(super) protected: bool,
    items: Vec<Value>,
}

impl Table {
    /// An empty table that was created at the start of 2026, with recovery on ever since.
    ///
    /// `keys` are one or two attributes with their types, such as `[("id", "S")]`: partition key and sort key.
    pub fn new(name: &str, keys: &[(&str, &str)]) -> Self {
        Self {
            name: name.to_owned(),
            keys: owned(keys),
            tags: Vec::new(),
            created: "2026-01-01T00:00:00Z".parse().unwrap_or_default(),
            recovery: None,
            partitions: 4,
            status: "ACTIVE".to_owned(),
            indexes: Vec::new(),
            provisioned: None,
            time_to_live: None,
            streams: false,
            protected: false,
            items: Vec::new(),
        }
    }

    /// A table of the article: items with the ids 1 to 6.
    pub fn article(name: &str) -> Self {
        (1..=6).fold(Self::new(name, &[("id", "S")]), |table, id| {
            table.item(json!({ "id": { "S": id.to_string() } }))
        })
    }

    /// An item that is there since the table's creation, with typed values such as `{"id": {"S": "1"}}`.
    ///
    /// It may be one that the service would refuse, but for its keys: exports have it as it is.
    #[must_use]
    pub fn item(mut self, item: Value) -> Self {
        self.items.push(item);
        self
    }

    /// Adds a tag.
    #[must_use]
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.push((key.to_owned(), value.to_owned()));
        self
    }

    /// When the table was created.
    #[must_use]
    pub fn created(mut self, at: Timestamp) -> Self {
        self.created = at;
        self
    }

    /// Whether and since when it can be exported, in place of ever since its creation.
    #[must_use]
    pub fn recovery(mut self, recovery: PointInTimeRecovery) -> Self {
        self.recovery = Some(recovery);
        self
    }

    /// How many partitions it has, 4 if not told. An export writes one data file for each, full or empty.
    #[must_use]
    pub fn partitions(mut self, count: usize) -> Self {
        self.partitions = count.max(1);
        self
    }

    /// Its `TableStatus`, `ACTIVE` if not told.
    #[must_use]
    pub fn status(mut self, status: &str) -> Self {
        status.clone_into(&mut self.status);
        self
    }

    /// Adds a global secondary index of all attributes, with its keys and their types.
    #[must_use]
    pub fn index(mut self, name: &str, keys: &[(&str, &str)]) -> Self {
        self.indexes.push((name.to_owned(), owned(keys)));
        self
    }

    /// Read and write units a second that are paid for, in place of on demand. They limit nothing by themselves.
    #[must_use]
    pub fn provisioned(mut self, read: u64, write: u64) -> Self {
        self.provisioned = Some((read, write));
        self
    }

    /// The attribute that says when an item expires. The simulator lets none expire.
    #[must_use]
    pub fn time_to_live(mut self, attribute: &str) -> Self {
        self.time_to_live = Some(attribute.to_owned());
        self
    }

    /// Has a stream of its changes. Nothing reads it.
    #[must_use]
    pub fn streams(mut self) -> Self {
        self.streams = true;
        self
    }

    /// Can't be deleted.
    #[must_use]
    pub fn protected(mut self) -> Self {
        self.protected = true;
        self
    }
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

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

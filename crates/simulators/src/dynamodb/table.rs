//! A table: its keys, its indexes, its tags, and how far back it can be exported.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

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

/// A secondary index with all attributes.
#[derive(Clone, Debug)]
pub(super) struct Index {
    pub(super) name: String,
    /// Its keys with their types.
    pub(super) keys: Vec<(String, String)>,
    /// Whether it has the table's partitions.
    pub(super) local: bool,
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
    pub(super) indexes: Vec<Index>,
    /// Read and write units a second, if they are provisioned.
    pub(super) provisioned: Option<(u64, u64)>,
    pub(super) time_to_live: Option<String>,
    pub(super) streams: bool,
    pub(super) protected: bool,
    pub(super) items: Vec<Value>,
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
        self.indexes.push(Index {
            name: name.to_owned(),
            keys: owned(keys),
            local: false,
        });
        self
    }

    /// Adds a local secondary index of all attributes, with its sort key and that one's type.
    #[must_use]
    pub fn local_index(mut self, name: &str, sort: &str, kind: &str) -> Self {
        let mut keys = self.keys.clone();
        keys.truncate(1);
        keys.push((sort.to_owned(), kind.to_owned()));
        self.indexes.push(Index {
            name: name.to_owned(),
            keys,
            local: true,
        });
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

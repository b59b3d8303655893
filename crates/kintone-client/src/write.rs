//! What a bulk writes.

mod body;

use serde::Serialize;
use serde_json::value::RawValue;

pub(crate) use self::body::body;

/// One request of a bulk: up to 100 records of one app.
#[derive(Clone, Copy, Debug)]
pub enum Write<'a> {
    /// Adds records. Their ids come in the same order.
    Insert {
        /// The app.
        app: u64,
        /// The records, 1 to 100.
        records: &'a [RecordBody],
    },
    /// Changes records.
    Update {
        /// The app.
        app: u64,
        /// The records, 1 to 100.
        records: &'a [Change],
        /// Whether a record that is not there is added, under a new id.
        upsert: bool,
    },
    /// Deletes records.
    Delete {
        /// The app.
        app: u64,
        /// The ids, 1 to 100.
        ids: &'a [u64],
    },
}

/// The change of one record.
#[derive(Clone, Debug)]
pub struct Change {
    /// Which record.
    pub target: Target,
    /// The revision that the record must still have, if it must.
    pub revision: Option<u64>,
    /// The fields that change; what is left out stays.
    pub record: RecordBody,
}

/// Which record a change is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The one with this `$id`.
    Id(u64),
    /// The one whose unique field has this value.
    Key {
        /// The field's code: a text or a number without duplicates.
        field: String,
        /// The value.
        value: String,
    },
}

/// The fields of one record as they are sent: `{"code": {"value": …}, …}`.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct RecordBody(Box<RawValue>);

impl RecordBody {
    /// Takes JSON that is an object of fields.
    ///
    /// # Errors
    /// The text is no JSON.
    pub fn from_json(text: String) -> Result<Self, serde_json::Error> {
        RawValue::from_string(text).map(Self)
    }

    /// The JSON.
    pub fn json(&self) -> &str {
        self.0.get()
    }
}

/// What became of one request of a bulk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// The new records, in the order in which they were sent.
    Inserted {
        /// Their ids.
        ids: Vec<u64>,
        /// Their revisions.
        revisions: Vec<u64>,
    },
    /// The changed records, in the order in which they were sent.
    Updated(Vec<Updated>),
    /// The records are gone.
    Deleted,
}

/// A record that was changed, or added by an upsert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Updated {
    /// Its id.
    pub id: u64,
    /// Its revision.
    pub revision: u64,
    /// What was done.
    pub operation: Operation,
}

/// What an upsert did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Operation {
    /// The record was not there and was added.
    Insert,
    /// The record was there and was changed.
    Update,
}

impl Write<'_> {
    /// The app that is written to.
    pub fn app(&self) -> u64 {
        match self {
            Self::Insert { app, .. } | Self::Update { app, .. } | Self::Delete { app, .. } => *app,
        }
    }

    /// How many records are written.
    pub fn len(&self) -> usize {
        match self {
            Self::Insert { records, .. } => records.len(),
            Self::Update { records, .. } => records.len(),
            Self::Delete { ids, .. } => ids.len(),
        }
    }

    /// Whether there is no record, which a bulk refuses.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn method(&self) -> &'static str {
        match self {
            Self::Insert { .. } => "POST",
            Self::Update { .. } => "PUT",
            Self::Delete { .. } => "DELETE",
        }
    }
}

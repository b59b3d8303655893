//! What went through: counters, and every write if a test asks for it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::trouble::{Trouble, Troubles};

/// What was asked for and done so far. Scripted answers are not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests by operation, refused ones included.
    pub calls: BTreeMap<String, u64>,
    /// Items that were put.
    pub put: u64,
    /// Keys that were deleted, whether or not an item was there.
    pub deleted: u64,
    /// Puts and deletes whose condition did not hold.
    pub conditions_failed: u64,
    /// Operations of batches that came back as unprocessed.
    pub unprocessed: u64,
    /// Write units of all that was done.
    pub write_units: u64,
    /// The most operations in one `BatchWriteItem`.
    pub most_operations: usize,
    /// The most bytes in the body of one `BatchWriteItem`.
    pub most_bytes: usize,
}

impl Tally {
    /// The counters under their own names, for other processes.
    pub(in crate::dynamodb) fn json(&self) -> Value {
        json!({
            "calls": self.calls,
            "put": self.put,
            "deleted": self.deleted,
            "conditions_failed": self.conditions_failed,
            "unprocessed": self.unprocessed,
            "write_units": self.write_units,
            "most_operations": self.most_operations,
            "most_bytes": self.most_bytes,
        })
    }
}

/// A write that was done.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// The table's name.
    pub table: String,
    /// The item's key attributes.
    pub key: Value,
    /// When, on the simulator's clock.
    pub at: Timestamp,
    /// Whether it was deleted, not put.
    pub deleted: bool,
}

/// The traffic of an account.
#[derive(Debug, Default)]
pub(in crate::dynamodb) struct Traffic {
    pub(in crate::dynamodb) tally: Tally,
    /// Every write in order, if it is asked for.
    pub(in crate::dynamodb) writes: Option<Vec<Write>>,
    /// By table.
    troubles: BTreeMap<String, Troubles>,
}

impl Traffic {
    pub(in crate::dynamodb) fn count(&mut self, operation: &str) {
        *self.tally.calls.entry(operation.to_owned()).or_default() += 1;
    }

    pub(in crate::dynamodb) fn trouble(&mut self, table: &str, trouble: Trouble, now: Timestamp) {
        self.troubles_of(table).add(trouble, now);
    }

    pub(in crate::dynamodb) fn calm(&mut self, table: &str) {
        self.troubles.remove(table);
    }

    pub(super) fn troubles_of(&mut self, table: &str) -> &mut Troubles {
        self.troubles.entry(table.to_owned()).or_default()
    }

    /// Notes a write that was done.
    pub(super) fn done(&mut self, write: Write, units: u64) {
        if write.deleted {
            self.tally.deleted += 1;
        } else {
            self.tally.put += 1;
        }
        self.tally.write_units += units;
        if let Some(writes) = &mut self.writes {
            writes.push(write);
        }
    }
}

//! How far a restore came, as its run record keeps it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::verify::Reading;

/// What a run record keeps for whoever goes on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and kept by its name"
)]
pub(crate) struct Checkpoint {
    /// What `open` decided; `None` before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) opened: Option<Opened>,
    /// The attempt that began it anew last.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) forced_by: Option<String>,
    /// When it was kept last.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) saved: Option<Timestamp>,
    /// Whether a line was sent ever.
    #[serde(default)]
    pub(crate) is_writing: bool,
    /// Whether every line that was sent is noted.
    #[serde(default)]
    pub(crate) is_exact: bool,
    /// Whether others may have written into the table while nobody was at work: what is there stays.
    #[serde(default)]
    pub(crate) is_careful: bool,
    /// What is written.
    #[serde(default)]
    pub(crate) share: Share,
    /// The import, where DynamoDB does the work.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) import: Option<String>,
    /// Whether what the backup does not have is deleted.
    #[serde(default)]
    pub(crate) extras: Extras,
    /// How far it is read back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) reading: Option<Reading>,
    /// Whether it was verified, and is only read back once more.
    #[serde(default)]
    pub(crate) is_verified: bool,
}

/// What `open` decided.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Opened {
    /// The restore's beginning: shares of an earlier one do not count.
    pub(crate) began: u64,
    /// When that was.
    #[serde(default)]
    pub(crate) time: Timestamp,
    /// Whether the table was found empty, so that all items in it are of this restore.
    pub(crate) was_empty: bool,
    /// The table's id; empty for one that is yet to be made.
    pub(crate) table_id: String,
    /// The items that the plan told.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) items: Option<u64>,
}

/// What of a share is written.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Share {
    /// Segments from the first on that are written and checked.
    pub(crate) done: usize,
    /// Later ones that are, too.
    #[serde(skip_serializing_if = "BTreeSet::is_empty", default)]
    pub(crate) also_done: BTreeSet<usize>,
    /// The last settled line of those that are not.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub(crate) lines: BTreeMap<usize, u64>,
    /// Poison files that are written.
    #[serde(default)]
    pub(crate) poison_files: u32,
    /// What was counted.
    #[serde(default)]
    pub(crate) counts: Counts,
}

/// What became of lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Counts {
    pub(crate) written: u64,
    pub(crate) left_alone: u64,
    pub(crate) deleted: u64,
    pub(crate) poisoned: u64,
    pub(crate) unprocessed: u64,
    pub(crate) throttled: u64,
    pub(crate) requests: u64,
    pub(crate) write_units: f64,
    /// Items counted, or compared, when the table was read back.
    pub(crate) read_back: u64,
}

/// How far the deletion of what the backup does not have came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Extras {
    /// Passes that are done.
    pub(crate) passes: u32,
    pub(crate) is_done: bool,
    pub(crate) deleted: u64,
    /// Invocations one after the other that ended within a pass and deleted nothing.
    pub(crate) unfinished: u32,
}

impl Share {
    /// Whether the segment at this place in the share is written and checked.
    pub(crate) fn is_done(&self, position: usize) -> bool {
        position < self.done || self.also_done.contains(&position)
    }

    /// The last settled line of a segment; 0 where there is none.
    pub(crate) fn settled(&self, position: usize) -> u64 {
        self.lines.get(&position).copied().unwrap_or(0)
    }

    /// Notes how far a segment is settled.
    pub(crate) fn settle(&mut self, position: usize, line: u64) {
        if line > self.settled(position) {
            self.lines.insert(position, line);
        }
    }

    /// Notes that a segment is written and checked.
    pub(crate) fn finish(&mut self, position: usize) {
        self.lines.remove(&position);
        self.also_done.insert(position);
        while self.also_done.remove(&self.done) {
            self.done += 1;
        }
    }

    /// Segments that are written and checked.
    pub(crate) fn finished(&self) -> usize {
        self.done + self.also_done.len()
    }
}

impl Counts {
    /// These and those.
    #[must_use]
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            written: self.written + other.written,
            left_alone: self.left_alone + other.left_alone,
            deleted: self.deleted + other.deleted,
            poisoned: self.poisoned + other.poisoned,
            unprocessed: self.unprocessed + other.unprocessed,
            throttled: self.throttled + other.throttled,
            requests: self.requests + other.requests,
            write_units: self.write_units + other.write_units,
            read_back: self.read_back + other.read_back,
        }
    }

    /// Lines that need nothing more.
    pub(crate) fn settled(&self) -> u64 {
        self.written + self.left_alone + self.deleted + self.poisoned
    }

    /// By name, as reports have them; what did not happen is left out, except for items.
    pub(crate) fn by_name(&self) -> BTreeMap<String, u64> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "units are told whole"
        )]
        let units = self.write_units.ceil() as u64;
        let all = [
            ("deleted", self.deleted),
            ("leftAlone", self.left_alone),
            ("poisoned", self.poisoned),
            ("readBack", self.read_back),
            ("requests", self.requests),
            ("throttled", self.throttled),
            ("unprocessed", self.unprocessed),
            ("writeUnits", units),
        ];
        let told = all.into_iter().filter(|(_, count)| *count > 0);
        let told = told.chain([("items", self.written)]);
        told.map(|(name, count)| (name.to_owned(), count)).collect()
    }
}

impl From<dynamodb_table::Totals> for Counts {
    fn from(totals: dynamodb_table::Totals) -> Self {
        Self {
            written: totals.written,
            left_alone: totals.left_alone,
            deleted: totals.deleted,
            poisoned: totals.poisoned,
            unprocessed: totals.unprocessed,
            throttled: totals.throttled,
            requests: totals.requests,
            write_units: totals.wru,
            read_back: 0,
        }
    }
}

impl Checkpoint {
    /// What a record holds; nothing where it is of another form, so that all is written again, which harms nothing.
    pub(crate) fn of(value: Option<&Value>) -> Self {
        let Some(value) = value else {
            return Self::default();
        };
        Self::deserialize(value)
            .inspect_err(|error| tracing::warn!(%error, "checkpoint not understood; begun anew"))
            .unwrap_or_default()
    }

    pub(crate) fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_that_end_out_of_order_are_told_in_little() {
        let mut share = Share::default();
        share.settle(0, 5);
        share.finish(2);
        share.finish(1);
        assert_eq!((share.done, share.finished(), share.settled(0)), (0, 2, 5));
        share.finish(0);
        assert_eq!(
            (share.done, share.also_done.len(), share.lines.len()),
            (3, 0, 0)
        );
        assert!(share.is_done(2) && !share.is_done(3));
    }

    #[test]
    fn a_checkpoint_is_read_as_it_was_written() {
        let mut checkpoint = Checkpoint::default();
        checkpoint.share.settle(3, 7);
        checkpoint.opened = Some(Opened {
            was_empty: true,
            ..Opened::default()
        });
        assert_eq!(Checkpoint::of(Some(&checkpoint.to_json())), checkpoint);
        assert_eq!(
            Checkpoint::of(Some(&serde_json::json!([1]))),
            Checkpoint::default()
        );
    }
}

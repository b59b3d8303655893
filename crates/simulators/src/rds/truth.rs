//! What a perfect observer would say of an export.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::fault::Fault;
use super::task::{Fate, Item, Task};

/// What became of a table in an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableTruth {
    /// All its rows are there, readable, and marked as complete.
    Complete {
        /// How many.
        rows: u64,
    },
    /// The service left it out and said so.
    Skipped {
        /// Why.
        reason: String,
    },
    /// It is not there, not all there, or not marked as complete.
    Missing {
        /// What is wrong with it.
        why: String,
    },
}

/// What a perfect observer would say of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truth {
    /// The identifier of the task.
    pub identifier: String,
    /// What was exported.
    pub source_arn: String,
    /// The status of the task now.
    pub status: String,
    /// When the snapshot was taken; `None` for a live cluster.
    pub snapshot_time: Option<Timestamp>,
    /// The tables that the export was asked for, by `database.table` or `database.schema.table`.
    pub tables: BTreeMap<String, TableTruth>,
    /// Whether all info files are there and readable.
    pub infos: bool,
    /// What `WarningMessage` says.
    pub warning: Option<String>,
}

impl Truth {
    /// Whether the task is COMPLETE, its info files are readable, and every table is complete.
    pub fn is_whole(&self) -> bool {
        let complete = |table: &TableTruth| matches!(table, TableTruth::Complete { .. });
        self.status == "COMPLETE" && self.infos && self.tables.values().all(complete)
    }

    /// The names of the tables that the service left out and said so.
    pub fn skipped(&self) -> Vec<&str> {
        self.named(|table| matches!(table, TableTruth::Skipped { .. }))
    }

    /// The names of the tables that are not there, not all there, or not marked as complete.
    pub fn missing(&self) -> Vec<&str> {
        self.named(|table| matches!(table, TableTruth::Missing { .. }))
    }

    /// All rows of the complete tables.
    pub fn rows(&self) -> u64 {
        let rows = |table: &TableTruth| match table {
            TableTruth::Complete { rows } => *rows,
            _ => 0,
        };
        self.tables.values().map(rows).sum()
    }

    fn named(&self, wanted: impl Fn(&TableTruth) -> bool) -> Vec<&str> {
        let named = self.tables.iter().filter(|(_, table)| wanted(table));
        named.map(|(name, _)| name.as_str()).collect()
    }
}

impl Task {
    pub(crate) fn truth(&self, now: Timestamp) -> Truth {
        let tables = self.items.iter().enumerate().map(|(number, item)| {
            let truth = self.table_truth(number, item, now);
            (item.table.name(), truth)
        });
        let bad = |fault: &Fault| {
            matches!(
                fault,
                Fault::NoExportInfo
                    | Fault::TruncatedExportInfo
                    | Fault::NoTablesInfo
                    | Fault::TruncatedTablesInfo
            )
        };
        let tampered = self
            .written
            .iter()
            .any(|written| written.item.is_none() && written.tampered);
        Truth {
            identifier: self.identifier.clone(),
            source_arn: self.source_arn.clone(),
            status: self.status(now).to_owned(),
            snapshot_time: self.snapshot_time,
            tables: tables.collect(),
            infos: self.is_whole(now) && !tampered && !self.faults.iter().any(bad),
            warning: self.warning(now),
        }
    }

    fn table_truth(&self, number: usize, item: &Item, now: Timestamp) -> TableTruth {
        let missing = |why: String| TableTruth::Missing { why };
        if !self.is_whole(now) {
            return missing(format!("the export is {}", self.status(now)));
        }
        let name = item.table.name();
        let unmarked = self.faults.iter().any(|fault| match fault {
            Fault::NoMarker { table, batch } => {
                *table == name && (1..=item.table.folders()).contains(batch)
            }
            _ => false,
        });
        let of_table = |key: &&super::task::Written| key.item == Some(number) && key.tampered;
        match (&item.fate, self.written.iter().find(of_table)) {
            (Fate::Skipped(reason), _) => TableTruth::Skipped {
                reason: reason.clone(),
            },
            (Fate::Omitted, _) => missing("left out without a word".to_owned()),
            (Fate::EndsAs(status), _) => missing(format!("its status is {status}")),
            (Fate::Exported, Some(written)) => missing(format!("tampered with: {}", written.key)),
            (Fate::Exported, None) if unmarked => missing("a batch has no _SUCCESS".to_owned()),
            (Fate::Exported, None) => TableTruth::Complete {
                rows: item.table.row_count(),
            },
        }
    }
}

//! The records of what was done with a plan: for the page, and for whoever asks a year later.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use table_diff::{CascadeCount, Identity, TableName, TransactionId};

/// What was written: `result.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Applied {
    /// The plan.
    pub plan: String,
    /// The plan's digest.
    pub digest: String,
    /// The digest of what was ticked.
    pub selection: String,
    /// Who approved it.
    pub by: String,
    /// When it was approved.
    pub approved: Timestamp,
    /// When it was written.
    pub when: Timestamp,
    /// The database that the rows came from.
    pub source: Identity,
    /// The database that was written to.
    pub target: Identity,
    /// The transaction, where the engine has such a thing.
    pub transaction: Option<TransactionId>,
    /// What was written to each table.
    pub tables: Vec<WrittenRows>,
    /// The SHA-256 of the undo file.
    pub undo: String,
    /// What the database deleted or changed by itself, as it was counted just before: rows that point at deleted ones, and not what hangs below
    /// them in turn; undoing does not bring it back.
    pub cascades: Vec<CascadeCount>,
}

/// What was written to one table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenRows {
    /// The table.
    pub table: TableName,
    /// Rows that were made.
    pub inserted: u64,
    /// Rows that were changed.
    pub updated: u64,
    /// Rows that were deleted.
    pub deleted: u64,
}

/// What was brought back: `undone.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Undone {
    /// The plan.
    pub plan: String,
    /// Who undid it.
    pub by: String,
    /// When.
    pub when: Timestamp,
    /// The database.
    pub target: Identity,
    /// The transaction, where the engine has such a thing.
    pub transaction: Option<TransactionId>,
    /// What was written to each table.
    pub tables: Vec<WrittenRows>,
}

/// Why the last attempt ended: `failure.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failed {
    /// Whether what the plan saw is not there any more, so that a new plan is wanted.
    pub stale: bool,
    /// The error with its sources.
    pub error: String,
    /// Whose attempt it was.
    pub by: String,
    /// When.
    pub when: Timestamp,
}

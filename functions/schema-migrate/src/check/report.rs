//! What was found out.

use std::collections::BTreeMap;

use function_core::Exit;
use migration_folder::Version;

use super::locks::TableLock;
use super::pending::{PendingFile, PendingStatement, Place};
use super::rehearsal::Rehearsal;
use super::rows::Violation;

/// What was found out.
pub(super) struct Report<'a> {
    /// The database, without its password.
    pub(super) database: String,
    /// Its version.
    pub(super) version: Option<Version>,
    /// What is pending.
    pub(super) files: Vec<PendingFile<'a>>,
    /// What each statement locks.
    pub(super) locks: BTreeMap<Place, Vec<TableLock>>,
    /// How it went in a throw-away database.
    pub(super) rehearsal: Rehearsal,
    /// What would stop `up`.
    pub(super) stops: Vec<Remark>,
    /// What may stop it, which can't be told beforehand.
    pub(super) doubts: Vec<Remark>,
}

/// Something about a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remark {
    /// The number of its file, from 0.
    pub(super) file: usize,
    /// Its line, from 1.
    pub(super) line: usize,
    /// What it is.
    pub(super) words: String,
    /// The rows that are in the way.
    pub(super) violation: Option<Violation>,
    /// What to do.
    pub(super) help: Option<&'static str>,
}

impl Remark {
    pub(super) fn new(file: usize, line: usize, words: String) -> Self {
        Self {
            file,
            line,
            words,
            violation: None,
            help: None,
        }
    }
}

impl Report<'_> {
    /// 3 if something would stop `up`.
    pub(super) fn exit(&self) -> Exit {
        if self.stops.is_empty() {
            Exit::Done
        } else {
            Exit::Differences
        }
    }

    /// Whether the statement writes a table anew: as the rehearsal saw it, else as its words tell.
    pub(super) fn rewrites(&self, place: Place, pending: &PendingStatement<'_>) -> bool {
        let seen = self.rehearsal.rewrites(place);
        seen.unwrap_or(pending.facts.rewrites)
    }

    /// The locks of a statement.
    pub(super) fn locks(&self, place: Place) -> &[TableLock] {
        self.locks.get(&place).map_or(&[], Vec::as_slice)
    }
}

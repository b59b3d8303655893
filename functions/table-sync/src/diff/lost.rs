//! What the deletions of a table would take along.

use table_diff::{CascadeCount, DatabaseError, Reader};

use super::table::{Compared, Shared};
use crate::error::SyncError;

/// What some deletions take along.
#[derive(Debug, Default)]
pub(super) struct Lost {
    /// For each foreign key how many rows point at those that are deleted. Empty where nothing is deleted.
    rows: Vec<u64>,
    /// Where what is taken along takes more along, the keys of the deleted rows: two of them may lead to the same row, so that it is counted for all
    /// of them together.
    deleted: Vec<Vec<u8>>,
}

impl Lost {
    /// What is lost with the rows with the keys `deleted`, as far as it can be counted yet.
    pub(super) async fn of(
        reader: &mut dyn Reader,
        table: &Compared,
        deleted: Vec<Vec<u8>>,
    ) -> Result<Self, DatabaseError> {
        let mut lost = Self::default();
        if deleted.is_empty() {
            return Ok(lost);
        }
        if table.cascade.is_deep() {
            lost.deleted = deleted;
            return Ok(lost);
        }
        for key in table.cascade.keys() {
            let rows = reader.pointing(&table.reading, key, &deleted).await?;
            lost.rows.push(rows);
        }
        Ok(lost)
    }

    pub(super) fn add(&mut self, more: Self) {
        let count = self.rows.len().max(more.rows.len());
        self.rows.resize(count, 0);
        for (sum, more) in self.rows.iter_mut().zip(more.rows) {
            *sum += more;
        }
        self.deleted.extend(more.deleted);
    }

    /// The foreign keys by which rows are lost.
    pub(super) async fn counts(
        self,
        shared: &Shared,
        table: &Compared,
    ) -> Result<Vec<CascadeCount>, SyncError> {
        let (reading, cascade) = (&table.reading, &table.cascade);
        if self.deleted.is_empty() {
            return Ok(cascade.counts(&reading.table, self.rows));
        }
        let mut pair = shared.sessions.take().await?;
        let rows = pair.target.below(reading, cascade, &self.deleted).await?;
        shared.sessions.give(pair);
        Ok(cascade.counts(&reading.table, rows))
    }
}

//! What deletions in a table take along, and what that takes along in turn.

use crate::{CascadeCount, ForeignKey, KeyAction, Table, TableName};

/// The foreign keys at a table, and those at the tables from which they take rows along.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cascade {
    keys: Vec<ForeignKey>,
}

impl Cascade {
    /// Those at and below `table` that are `counted`.
    pub fn of(table: &Table, counted: impl Fn(&ForeignKey) -> bool) -> Self {
        let keys = table.referenced_by.iter().chain(&table.below);
        Self {
            keys: keys.filter(|key| counted(key)).cloned().collect(),
        }
    }

    /// Its keys: those at the table itself come first.
    pub fn keys(&self) -> &[ForeignKey] {
        &self.keys
    }

    /// Those of its keys by which `rows` are taken along, so many for each of them, by deletions in `table`.
    pub fn counts(&self, table: &TableName, rows: Vec<u64>) -> Vec<CascadeCount> {
        let counts = self.keys.iter().zip(rows);
        counts
            .filter(|(_, rows)| *rows > 0)
            .map(|(key, rows)| CascadeCount::new(table, key, rows))
            .collect()
    }

    /// Whether rows that are taken along may take others along. A table whose rows point at one another is such a case.
    pub fn is_deep(&self) -> bool {
        let mut deleting = self.deleting();
        deleting.any(|key| self.keys.iter().any(|it| it.references == key.table))
    }

    /// The keys by which rows are deleted that others may point at.
    pub fn deleting(&self) -> impl Iterator<Item = &ForeignKey> {
        let points_at = |table: &TableName| self.keys.iter().any(|it| it.references == *table);
        let keys = self.keys.iter();
        keys.filter(move |key| key.on_delete == KeyAction::Cascade && points_at(&key.table))
    }

    /// The columns that its keys point at, each once: by them a walk from row to row knows where it is.
    pub fn pointed(&self) -> Vec<(&TableName, &str)> {
        let mut pointed = Vec::new();
        for key in &self.keys {
            for column in &key.referenced_columns {
                let column = (&key.references, column.as_str());
                if !pointed.contains(&column) {
                    pointed.push(column);
                }
            }
        }
        pointed
    }
}

/// Of `keys` those at tables from which deletions in `root` take rows along, directly or not, and which do not point at `root` itself. Circles end.
pub fn keys_below(root: &TableName, keys: &[ForeignKey]) -> Vec<ForeignKey> {
    let mut deleted = vec![root];
    let mut next = 0;
    while let Some(table) = deleted.get(next).copied() {
        next += 1;
        let cascades = |key: &&ForeignKey| key.on_delete == KeyAction::Cascade;
        for key in keys.iter().filter(cascades) {
            if key.references == *table && !deleted.contains(&&key.table) {
                deleted.push(&key.table);
            }
        }
    }
    let is_below =
        |key: &&ForeignKey| key.references != *root && deleted.contains(&&key.references);
    keys.iter().filter(is_below).cloned().collect()
}

//! Everything of a plan but its rows.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{FORMAT, Header, PlanError, PlanTable, TableEnd, canonical};
use crate::{ClassCounts, Language, Sides, TableCounts, TableName};

/// Everything of a plan but its rows: small, and what publishes the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Which databases were compared, when, by whom.
    pub plan: Header,
    /// The tables, in the plan's order.
    pub tables: Vec<TableSummary>,
    /// The digest of the plan file up to its last line: `sha256:…`. An approval is bound to it.
    pub digest: String,
    /// Where blocks of rows are.
    pub index: Vec<Block>,
}

/// Everything of a table but its rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSummary {
    /// Its structures.
    pub table: PlanTable,
    /// What was counted; `None` where the table is blocked.
    pub end: Option<TableEnd>,
}

/// Where a block of rows of one table is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// The table's number, from 0.
    pub table: usize,
    /// The number of its first row within the table.
    pub first: u64,
    /// How many rows there are of each class.
    pub classes: ClassCounts,
    /// The byte at which it begins.
    pub offset: u64,
    /// How many bytes it has.
    pub bytes: u64,
    /// Their SHA-256 in hexadecimal.
    pub sha256: String,
}

impl TableSummary {
    /// What differs between the structures, or should be known of the table: whether it blocks, and the words. `names` are those of the databases.
    pub fn remarks(&self, language: Language, names: &Sides<String>) -> Vec<(bool, String)> {
        self.table.remarks(self.counts(), language, names)
    }

    /// How many rows there are of what; `None` where the table is blocked.
    pub fn counts(&self) -> Option<&TableCounts> {
        self.end.as_ref().map(|end| &end.counts)
    }
}

impl Block {
    /// The numbers of its rows.
    pub(super) fn numbers(&self) -> Range<u64> {
        self.first..self.first.saturating_add(self.classes.total())
    }

    /// The byte behind its last one.
    pub(super) fn end(&self) -> u64 {
        self.offset.saturating_add(self.bytes)
    }
}

impl Summary {
    /// How many rows there are of each class, in all tables.
    pub fn classes(&self) -> ClassCounts {
        let mut classes = ClassCounts::default();
        for end in self.tables.iter().filter_map(|table| table.end.as_ref()) {
            classes.extend(end.counts.classes.iter());
        }
        classes
    }

    /// How many tables could not be compared.
    pub fn blocked(&self) -> usize {
        self.tables
            .iter()
            .filter(|table| table.end.is_none())
            .count()
    }

    /// The number of the table `name`, from 0.
    pub fn position(&self, name: &TableName) -> Option<usize> {
        self.tables
            .iter()
            .position(|table| table.table.name == *name)
    }

    /// The table number `table`, from 0.
    ///
    /// # Errors
    /// There is none.
    pub fn table(&self, table: usize) -> Result<&TableSummary, PlanError> {
        self.tables.get(table).ok_or(PlanError::NoTable {
            table,
            tables: self.tables.len(),
        })
    }

    /// The blocks of the table number `table`, in order.
    pub(super) fn blocks(&self, table: usize) -> &[Block] {
        let start = self.index.partition_point(|block| block.table < table);
        let end = self.index.partition_point(|block| block.table <= table);
        &self.index[start..end.max(start)]
    }

    /// The object's content, in canonical form.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical::to_bytes(self)
    }

    /// Reads the content of `object`.
    ///
    /// # Errors
    /// It is none of a summary, or of another format.
    pub fn parse(object: &str, content: &[u8]) -> Result<Self, PlanError> {
        #[derive(Deserialize)]
        struct Outline {
            plan: Format,
        }
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let changed = |error: serde_json::Error| PlanError::Changed {
            object: object.to_owned(),
            detail: error.to_string(),
        };
        let outline: Outline = serde_json::from_slice(content).map_err(changed)?;
        check_format(object, outline.plan.format)?;
        serde_json::from_slice(content).map_err(changed)
    }
}

/// Refuses formats that this version does not know.
pub(super) fn check_format(object: &str, format: u32) -> Result<(), PlanError> {
    if format == FORMAT {
        return Ok(());
    }
    Err(PlanError::Format {
        object: object.to_owned(),
        format,
        known: FORMAT,
    })
}

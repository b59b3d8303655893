//! A table of a plan: its structure before its rows, and what was counted behind them.

use function_core::sha256_hex;
use serde::{Deserialize, Serialize};

use super::canonical;
use crate::{
    CascadeCount, Caution, ForeignKey, Gate, Language, Reading, Sides, StructureDifference, Table,
    TableCounts, TableName,
};

/// A table of a plan, as far as it is known before its rows are compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanTable {
    /// Its name.
    pub name: TableName,
    /// Whether its rows were compared.
    pub state: TableState,
    /// What differs between its structures, or should be known of them; what blocks comes first.
    pub differences: Vec<StructureDifference>,
    /// The digests of its structures, so that a plan is not applied to another one; `None` where there is no table.
    pub fingerprints: Sides<Option<String>>,
    /// How it was read; `None` where it was not.
    pub reading: Option<Reading>,
    /// The foreign keys through which a deletion in the target may take rows of other tables along.
    pub referenced_by: Vec<ForeignKey>,
}

/// Whether a table's rows were compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableState {
    /// They were.
    Compared,
    /// They were not: its structures differ.
    Blocked,
}

impl PlanTable {
    /// What is known of the table `name` after the gate looked at its structures.
    pub fn new(
        name: TableName,
        gate: Gate,
        source: Option<&Table>,
        target: Option<&Table>,
    ) -> Self {
        Self {
            name,
            state: if gate.reading.is_some() {
                TableState::Compared
            } else {
                TableState::Blocked
            },
            differences: gate.differences,
            fingerprints: Sides { source, target }.map(|table| table.map(fingerprint)),
            reading: gate.reading,
            referenced_by: target
                .map(|table| table.referenced_by.clone())
                .unwrap_or_default(),
        }
    }

    /// What differs between its structures, or should be known of it and of what was counted: whether it blocks, and the words. `names` are those of
    /// the databases.
    pub fn remarks(
        &self,
        counts: Option<&TableCounts>,
        language: Language,
        names: &Sides<String>,
    ) -> Vec<(bool, String)> {
        let differences = self.differences.iter();
        let structure = differences.map(|it| (it.blocks(), it.words(language, names)));
        let uncompared = counts.and_then(|counts| counts.uncompared(language));
        structure
            .chain(uncompared.map(|words| (false, words)))
            .collect()
    }
}

/// The digest of a table's structure, such as `sha256:…`. The planner's estimate is no part of it, nor is what is hidden from whoever reads.
pub fn fingerprint(table: &Table) -> String {
    let mut table = table.clone();
    table.rows_estimate = 0;
    table.hidden.clear();
    format!("sha256:{}", sha256_hex(&canonical::to_bytes(&table)))
}

/// What was counted of a compared table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableEnd {
    /// The table.
    pub table: TableName,
    /// How many rows there are of what.
    pub counts: TableCounts,
    /// How many rows of other tables would be deleted or changed if all rows that only the target has were deleted.
    pub cascades: Vec<CascadeCount>,
    /// Why deletions must be confirmed by typing the table's name; `None` where they need not be.
    pub caution: Option<Caution>,
}

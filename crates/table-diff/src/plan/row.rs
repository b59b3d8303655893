//! A row of a plan.

use serde::{Deserialize, Serialize};

use super::PlanError;
use crate::{Class, Reading, Seen, ShownCell, ShownRow, key};

/// A row that differs. Its fields are in the order of their names: see `canonical`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRow {
    /// The cells that differ, where both sides have the row.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub changed: Vec<CellChange>,
    /// What kind of difference it is.
    pub class: Class,
    /// The key: the text of each of its columns, see [`key::decode`].
    pub key: Vec<String>,
    /// Its number within its table, from 1.
    pub n: u64,
    /// What the source tells of it; `None` where it has no such row.
    pub source: Option<SeenRow>,
    /// What the target tells of it; `None` where it has no such row.
    pub target: Option<SeenRow>,
    /// A cell for each of the reading's columns, where only one side has the row.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub values: Vec<ShownCell>,
}

/// A cell that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellChange {
    /// The number of its column among the reading's, from 0.
    pub column: usize,
    /// What the source has.
    pub source: ShownCell,
    /// What the target has.
    pub target: ShownCell,
}

/// What a side tells of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenRow {
    /// The row's hash and its time of change.
    #[serde(flatten)]
    pub seen: Seen,
    /// The time as people read it.
    pub time_text: Option<String>,
}

impl PlanRow {
    /// The row of `reading`'s table with the encoded `key`, of what both sides showed of it. The writer gives it its number.
    ///
    /// # Errors
    /// The key can't be decoded, or a side does not show the row as its class demands.
    pub fn new(
        reading: &Reading,
        class: Class,
        key: &[u8],
        source: Option<ShownRow>,
        target: Option<ShownRow>,
    ) -> Result<Self, PlanError> {
        let texts = key::decode(&reading.key, key).map_err(|source| PlanError::Key {
            table: reading.table.to_string(),
            source,
        })?;
        let misfit = |detail| PlanError::Row {
            table: reading.table.to_string(),
            key: texts.join(", "),
            detail,
        };
        for row in [&source, &target].into_iter().flatten() {
            if row.key != key {
                return Err(misfit("another row was shown"));
            }
            if row.cells.len() != reading.columns.len() {
                return Err(misfit("its cells are not those of the columns"));
            }
        }
        let seen = |row: &ShownRow| SeenRow::new(reading, row);
        let (seen_source, seen_target) = (source.as_ref().map(seen), target.as_ref().map(seen));
        let (changed, values) = match (class, source, target) {
            (Class::Insert, Some(row), None) | (Class::Delete, None, Some(row)) => {
                (Vec::new(), row.cells)
            }
            (Class::Insert | Class::Delete, ..) | (_, None, _) | (_, _, None) => {
                return Err(misfit("a side does not show what was compared"));
            }
            (_, Some(source), Some(target)) => (changes(source.cells, target.cells), Vec::new()),
        };
        Ok(Self {
            changed,
            class,
            key: texts,
            n: 0,
            source: seen_source,
            target: seen_target,
            values,
        })
    }
}

/// The cells that differ.
fn changes(source: Vec<ShownCell>, target: Vec<ShownCell>) -> Vec<CellChange> {
    let cells = source.into_iter().zip(target).enumerate();
    cells
        .filter(|(_, (source, target))| source != target)
        .map(|(column, (source, target))| CellChange {
            column,
            source,
            target,
        })
        .collect()
}

impl SeenRow {
    fn new(reading: &Reading, row: &ShownRow) -> Self {
        let kind = reading.time.as_ref().map(|(_, kind)| *kind);
        Self {
            seen: Seen {
                hash: row.hash,
                time: row.time,
            },
            time_text: kind.zip(row.time).map(|(kind, time)| kind.text(time)),
        }
    }
}

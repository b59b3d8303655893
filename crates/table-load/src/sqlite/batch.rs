//! Rows on their way to the worker.

use serde::de::IgnoredAny;

use crate::{Kind, LoadError, Table, array};

/// Rows of one table: their cells in one text, which costs two allocations a batch and not one a cell.
#[derive(Debug, Default)]
pub(super) struct Batch {
    text: String,
    /// The length of each cell in bytes; `None` is NULL.
    cells: Vec<Option<usize>>,
}

impl Batch {
    /// Adds `row`, the `number`-th of `table`, if all of its cells can be stored.
    pub(super) fn push(
        &mut self,
        table: &Table,
        row: &[Option<&str>],
        number: u64,
    ) -> Result<(), LoadError> {
        if row.len() != table.columns.len() {
            return Err(LoadError::Width {
                table: table.name.clone(),
                row: table.row_name(row, number),
                cells: row.len(),
                columns: table.columns.len(),
            });
        }
        for (column, cell) in table.columns.iter().zip(row) {
            let Some(cell) = cell else { continue };
            check(column.kind, cell).map_err(|reason| LoadError::Cell {
                table: table.name.clone(),
                row: table.row_name(row, number),
                column: column.name.clone(),
                reason,
            })?;
        }
        for cell in row {
            self.text.push_str(cell.unwrap_or_default());
            self.cells.push(cell.map(str::len));
        }
        Ok(())
    }

    /// How many bytes the cells have, each counted for its place too.
    pub(super) fn size_bytes(&self) -> usize {
        self.text.len() + self.cells.len() * size_of::<Option<usize>>()
    }

    /// The rows of `width` cells.
    pub(super) fn rows(&self, width: usize) -> impl Iterator<Item = Vec<Option<&str>>> {
        let mut start = 0;
        self.cells.chunks(width).map(move |lengths| {
            let cell = |length: &Option<usize>| {
                length.map(|length| {
                    start += length;
                    &self.text[start - length..start]
                })
            };
            lengths.iter().map(cell).collect()
        })
    }
}

/// SQLite itself would store anything in any column.
fn check(kind: Kind, cell: &str) -> Result<(), String> {
    match kind {
        Kind::BigInt => match cell.parse::<i64>() {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("`{cell}` is no whole number of 64 bits: {error}")),
        },
        Kind::TextArray => array::parse(cell).map(drop),
        Kind::Json => match serde_json::from_str::<IgnoredAny>(cell) {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("it is no JSON: {error}")),
        },
        Kind::Numeric | Kind::Text | Kind::Timestamptz | Kind::Date | Kind::Time => Ok(()),
    }
}

//! Why a selection is refused.

use function_core::Retryable;

use crate::plan::PlanError;
use crate::{Class, words};

/// Why a selection is refused.
#[derive(Debug, thiserror::Error)]
pub enum SelectionError {
    /// The plan does not have the table.
    #[error("the plan has no table {table}; it has {tables}")]
    UnknownTable {
        /// The table.
        table: String,
        /// Those that it has.
        tables: String,
    },
    /// The table's rows were not compared.
    #[error("{table} was not compared, for its structures differ; nothing of it can be written")]
    Blocked {
        /// The table.
        table: String,
    },
    /// Rows that are newer in the target are never overwritten.
    #[error(
        "{table}: rows that are newer where they would be written to are never written; untick them"
    )]
    Older {
        /// The table.
        table: String,
    },
    /// A reverse plan only brings newer rows back.
    #[error(
        "{table}: a reverse plan writes updates of rows that are newer, and not {class:?}; untick it"
    )]
    Reverse {
        /// The table.
        table: String,
        /// What was ticked.
        class: Class,
    },
    /// The table has no row of this number.
    #[error("{table} has no row number {row}; its rows are numbered from 1 to {rows}")]
    NoRow {
        /// The table.
        table: String,
        /// The number.
        row: u64,
        /// How many rows it has.
        rows: u64,
    },
    /// A row is both left out and wanted.
    #[error("row number {row} of {table} is both left out and wanted; untick one of them")]
    Both {
        /// The table.
        table: String,
        /// The number.
        row: u64,
    },
    /// Many rows would be deleted, and the table's name was not typed.
    #[error("{} of {table} would be deleted; type its name to confirm that", words::rows(*rows))]
    NotConfirmed {
        /// The table.
        table: String,
        /// How many rows were chosen to be deleted.
        rows: u64,
    },
    /// Nothing is ticked.
    #[error("nothing is ticked; tick a class or a row")]
    Nothing,
    /// The plan can't be read.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

impl Retryable for SelectionError {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Plan(error) => error.is_retryable(),
            Self::UnknownTable { .. }
            | Self::Blocked { .. }
            | Self::Older { .. }
            | Self::Reverse { .. }
            | Self::NoRow { .. }
            | Self::Both { .. }
            | Self::NotConfirmed { .. }
            | Self::Nothing => false,
        }
    }
}

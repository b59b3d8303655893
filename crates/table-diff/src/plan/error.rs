//! Why a plan can't be written or read.

use cloud_store::StoreError;
use function_core::Retryable;

use crate::KeyError;

/// Why a plan can't be written or read.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A version that is not this one made it.
    #[error(
        "{object} is a plan of format {format}, and this version knows format {known}; compare again with this version"
    )]
    Format {
        /// The object's address.
        object: String,
        /// Its format.
        format: u32,
        /// The format that this version knows.
        known: u32,
    },
    /// The end is missing.
    #[error("{object} ends before its last line, after {bytes} bytes; compare again")]
    Cut {
        /// The object's address.
        object: String,
        /// How many bytes there are.
        bytes: u64,
    },
    /// It is not as it was written.
    #[error("{object} is not as it was written: {detail}; compare again")]
    Changed {
        /// The object's address.
        object: String,
        /// What was noticed.
        detail: String,
    },
    /// There is no such table in it.
    #[error("the plan has no table number {table}, only {tables}")]
    NoTable {
        /// The number, from 0.
        table: usize,
        /// How many there are.
        tables: usize,
    },
    /// What is to be written does not fit together.
    #[error("the row of {table} with the key `{key}` can't be planned: {detail}; compare again")]
    Row {
        /// The table.
        table: String,
        /// The key.
        key: String,
        /// What does not fit.
        detail: &'static str,
    },
    /// A key can't be read.
    #[error("a key of {table} can't be read")]
    Key {
        /// The table.
        table: String,
        /// Why not.
        source: KeyError,
    },
    /// What is to be written comes in a wrong order, which is a fault of the program.
    #[error("a plan can't go on with {line}: {rule}")]
    Order {
        /// The line.
        line: &'static str,
        /// What it breaks.
        rule: String,
    },
}

impl Retryable for PlanError {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Store(error) => error.is_retryable(),
            Self::Format { .. }
            | Self::Cut { .. }
            | Self::Changed { .. }
            | Self::NoTable { .. }
            | Self::Row { .. }
            | Self::Key { .. }
            | Self::Order { .. } => false,
        }
    }
}

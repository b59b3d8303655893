//! Why a table's data could not be read or written.

use aws_client::AwsError;
use function_core::Retryable;

use crate::KeyFault;

/// Why a table's data could not be read or written. Never holds a value of an item.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The service refused, or was not reached.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// A table of that name is there already.
    #[error("table {table} exists already; name another, or delete it first")]
    Exists {
        /// The table's name.
        table: String,
    },
    /// The table was deleted, and maybe made anew, since it was described.
    #[error(
        "table {table} is not the one that was looked at: its id was {expected} and is {found}; start again"
    )]
    Replaced {
        /// The table's name.
        table: String,
        /// The id when it was described.
        expected: String,
        /// The id now; empty where there is no such table any more.
        found: String,
    },
    /// A table that is made or deleted was not so in time.
    #[error("table {table} is {status} still, after {seconds} s; try again later")]
    Inactive {
        /// The table's name.
        table: String,
        /// Its status.
        status: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// The service did not take some writes, or keys to read, for a long time. Nothing is dropped: what is not settled can
    /// be sent again.
    #[error(
        "{operations} operations on table {table} were not taken for {seconds} s; give it more capacity, or a lower rate, and try again"
    )]
    Busy {
        /// The table's name.
        table: String,
        /// How many operations of one request are left.
        operations: usize,
        /// How long they were tried.
        seconds: u64,
    },
    /// A key to read or delete is no key of the table.
    #[error("the key does not fit table {table}")]
    Key {
        /// The table's name.
        table: String,
        /// What is wrong with it.
        source: KeyFault,
    },
    /// An answer lacks what each has.
    #[error("the answer to {operation} of {resource} lacks {part}; this may be no DynamoDB")]
    Answer {
        /// The operation.
        operation: &'static str,
        /// What it was about.
        resource: String,
        /// What is missing.
        part: &'static str,
    },
    /// The writer met an error before, so that not all is written.
    #[error(
        "the writer of table {table} stopped at an earlier error; what is not settled must be sent again"
    )]
    Stopped {
        /// The table's name.
        table: String,
    },
}

impl TableError {
    /// Whether the credentials are good, and have no right to what was asked.
    pub fn is_denied(&self) -> bool {
        matches!(self, Self::Aws(error) if error.code() == Some("AccessDeniedException"))
    }

    /// Whether there are no credentials, or none that the service takes.
    pub fn is_without_credentials(&self) -> bool {
        matches!(self, Self::Aws(error) if error.is_without_credentials())
    }
}

impl Retryable for TableError {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Aws(error) => error.is_retryable(),
            Self::Inactive { .. } | Self::Busy { .. } => true,
            Self::Exists { .. }
            | Self::Replaced { .. }
            | Self::Key { .. }
            | Self::Answer { .. }
            | Self::Stopped { .. } => false,
        }
    }
}

//! Why a database could not be read or written.

use std::error::Error;

use function_core::Retryable;

/// Why a database could not be read or written. Words never hold a password.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The address is none.
    #[error("the address of the database is wrong: {rule}")]
    Address {
        /// What a right address looks like; the value itself is not repeated, for it may hold a password.
        rule: String,
    },
    /// There is no connection.
    #[error("{database} can't be reached or does not let us in")]
    Connect {
        /// The address without password.
        database: String,
        /// Whether it may pass.
        passing: bool,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A statement failed.
    #[error("{step} failed on {database}")]
    Statement {
        /// What was being done, and to what: `reading public.item`.
        step: String,
        /// The address without password.
        database: String,
        /// Whether it may pass.
        passing: bool,
        /// What the server said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The server's answer is none that we know.
    #[error("{database} answered to {step} with what can't be: {detail}")]
    Answer {
        /// What was being done, and to what.
        step: String,
        /// The address without password.
        database: String,
        /// What was wrong.
        detail: String,
    },
    /// Something on the server forbids it.
    #[error("{table} of {database}: {rule}")]
    Refused {
        /// The table.
        table: String,
        /// The address without password.
        database: String,
        /// What forbids it, and the repair.
        rule: String,
    },
    /// Somebody else wrote a row between the check and the writing; nothing is written.
    #[error("{table} of {database} has changed since it was compared: {what}; compare anew")]
    Stale {
        /// The table.
        table: String,
        /// The address without password.
        database: String,
        /// What came to be.
        what: String,
    },
}

impl Retryable for DatabaseError {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Connect { passing, .. } | Self::Statement { passing, .. } => *passing,
            Self::Address { .. }
            | Self::Answer { .. }
            | Self::Refused { .. }
            | Self::Stale { .. } => false,
        }
    }
}

//! Faults with what was being done, and where.

use std::sync::Arc;

use postgres_client::{ConnectError, fault};
use table_diff::{DatabaseError, TableName};

/// The database that words are about: its address without password.
#[derive(Clone, Debug)]
pub(crate) struct Place(Arc<str>);

impl Place {
    pub(crate) fn new(address: &str) -> Self {
        Self(address.into())
    }

    /// The server stopped `step`, or the line was cut.
    pub(crate) fn failed(
        &self,
        step: impl Into<String>,
    ) -> impl FnOnce(tokio_postgres::Error) -> DatabaseError {
        let (step, database) = (step.into(), self.0.to_string());
        |error| DatabaseError::Statement {
            step,
            database,
            passing: fault::is_passing(&error),
            source: fault::words(error),
        }
    }

    /// The server answered to `step` with what can't be.
    pub(crate) fn strange(
        &self,
        step: impl Into<String>,
        detail: impl Into<String>,
    ) -> DatabaseError {
        DatabaseError::Answer {
            step: step.into(),
            database: self.0.to_string(),
            detail: detail.into(),
        }
    }

    /// `table` is not what it was at the snapshot's moment.
    pub(crate) fn rebuilt(&self, table: &TableName) -> DatabaseError {
        DatabaseError::Statement {
            step: format!("reading {table}"),
            database: self.0.to_string(),
            passing: true,
            source: "it was emptied, altered or rebuilt while the comparison began: compare again"
                .into(),
        }
    }

    /// Something about `table` forbids it.
    pub(crate) fn refused(&self, table: &TableName, rule: impl Into<String>) -> DatabaseError {
        DatabaseError::Refused {
            table: table.to_string(),
            database: self.0.to_string(),
            rule: rule.into(),
        }
    }
}

/// There is no session.
pub(crate) fn connect(error: ConnectError) -> DatabaseError {
    DatabaseError::Connect {
        database: error.database,
        passing: error.passing,
        source: error.source,
    }
}

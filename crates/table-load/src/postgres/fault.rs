//! PostgreSQL's faults in the words of a load.

use postgres_client::fault;

use crate::LoadError;

/// `error` came while doing `step`.
pub(super) fn database(step: impl Into<String>, error: tokio_postgres::Error) -> LoadError {
    LoadError::Database {
        step: step.into(),
        passing: fault::is_passing(&error),
        source: fault::words(error),
    }
}

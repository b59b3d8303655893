//! SQLite's words, and which of its faults pass.

use rusqlite::ErrorCode;

use crate::LoadError;

/// `error` came while doing `step`.
pub(super) fn database(step: impl Into<String>, error: rusqlite::Error) -> LoadError {
    let passing = matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    );
    LoadError::Database {
        step: step.into(),
        passing,
        source: Box::new(error),
    }
}

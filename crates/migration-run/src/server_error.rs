//! What the server or the network said, and whether it passes.

use postgres_client::fault::ServerWords;
use tokio_postgres::error::{DbError, ErrorPosition, SqlState};

/// What the server or the network said.
#[derive(Debug, thiserror::Error)]
#[error("{words}")]
pub struct ServerError {
    words: String,
    /// `None` for the network's.
    state: Option<SqlState>,
    /// The character of the message, from 1, that the server stumbled over.
    position: Option<usize>,
}

/// States of a transaction's bad luck: the same file may go well the next moment.
///
/// Source: PostgreSQL documentation, appendix A, "PostgreSQL Error Codes".
const PASSING: [SqlState; 7] = [
    SqlState::LOCK_NOT_AVAILABLE,
    SqlState::T_R_DEADLOCK_DETECTED,
    SqlState::T_R_SERIALIZATION_FAILURE,
    SqlState::TOO_MANY_CONNECTIONS,
    SqlState::ADMIN_SHUTDOWN,
    SqlState::CRASH_SHUTDOWN,
    SqlState::CANNOT_CONNECT_NOW,
];

impl ServerError {
    /// The SQLSTATE; `None` where it was the network.
    pub fn state(&self) -> Option<&SqlState> {
        self.state.as_ref()
    }

    /// Whether the same may go well later without anybody's doing.
    pub fn is_passing(&self) -> bool {
        let Some(state) = &self.state else {
            return true;
        };
        PASSING.contains(state) || state.code().starts_with("08")
    }

    /// Whether it is what [`crate::lock::check`] makes the server say.
    pub(crate) fn is_lock_lost(&self) -> bool {
        self.state == Some(SqlState::UNDEFINED_OBJECT) && self.words.contains(crate::lock::LOST)
    }

    /// What helps against it, where that is known.
    pub(crate) fn repair(&self) -> Option<&'static str> {
        let state = self.state.as_ref()?;
        Some(match *state {
            SqlState::DISK_FULL => {
                "the server's disk is full: make room on it, or enlarge it, and run again"
            }
            SqlState::QUERY_CANCELED if self.words.contains("statement timeout") => {
                "it took longer than STATEMENT_TIMEOUT: raise that, or split the statement"
            }
            SqlState::LOCK_NOT_AVAILABLE => {
                "it waited for a lock longer than LOCK_TIMEOUT, in each of LOCK_ATTEMPTS attempts"
            }
            SqlState::INSUFFICIENT_PRIVILEGE => {
                "log in as the owner of what is changed, or let that role be granted to this user"
            }
            SqlState::ACTIVE_SQL_TRANSACTION | SqlState::INVALID_TRANSACTION_TERMINATION => {
                "make `-- no-transaction` the first line of the file, best of one that holds this statement alone"
            }
            SqlState::READ_ONLY_SQL_TRANSACTION => "name the primary server, not a replica",
            _ => return None,
        })
    }

    /// Where in the message it is, from 0, in characters.
    pub(crate) fn position(&self) -> Option<usize> {
        self.position?.checked_sub(1)
    }
}

impl From<tokio_postgres::Error> for ServerError {
    fn from(error: tokio_postgres::Error) -> Self {
        let server = error.as_db_error();
        let state = server.map(|error| error.code().clone());
        let position = server.and_then(|error| match error.position()? {
            ErrorPosition::Original(position) => usize::try_from(*position).ok(),
            ErrorPosition::Internal { .. } => None,
        });
        let words = match server {
            Some(error) => words(error),
            None => function_core::chain(&error),
        };
        Self {
            words,
            state,
            position,
        }
    }
}

/// The server repeats where it happened in its own words; here the file's line says it better.
fn words(error: &DbError) -> String {
    ServerWords::new(error).to_string()
}

//! What the server's refusals mean to whoever applies, and what repairs them.

use std::error::Error;
use std::fmt;

use postgres_client::{fault, quote_identifier as quote};
use table_diff::{DatabaseError, TableName};
use tokio_postgres::error::SqlState;

use crate::sql;

const HELD: &str = "another session holds a row or the table for longer than the lock timeout: apply again later, or end that session \
                    (pg_stat_activity tells it)";
const LATE: &str = "it took longer than the statement timeout, or somebody cancelled it: write fewer rows at once, or raise the timeout";
const CLASH: &str = "another row has that value and is not part of what is written, or rows change places in a constraint that can't be \
                     met in steps: tick the other row as well, or make the constraint DEFERRABLE";
const DEFER: &str = "no value in between is allowed: make the constraint DEFERRABLE";
const REPLICA: &str = "session_replication_role is not origin, so that neither foreign keys nor triggers would be heeded: \
                       ALTER ROLE … RESET session_replication_role, or ALTER DATABASE …";
const POINTS: &str =
    "the row at the other end of that foreign key is not part of what is written: tick it as well";

/// Where and as whom is written.
pub(super) struct Site {
    /// The address without password.
    pub(super) database: String,
    pub(super) role: String,
}

impl Site {
    /// `error` came in `step` on `table`: `locking` the rows of it.
    pub(super) fn fault(
        &self,
        step: &str,
        table: &TableName,
        error: tokio_postgres::Error,
    ) -> DatabaseError {
        match error.code() {
            Some(&SqlState::LOCK_NOT_AVAILABLE) => self.stopped(step, table, error, Some(HELD)),
            Some(&SqlState::QUERY_CANCELED) => self.stopped(step, table, error, Some(LATE)),
            Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
                let grant = format!(
                    "GRANT SELECT, INSERT, UPDATE, DELETE ON {}",
                    sql::table(table)
                );
                self.forbidden(table, error, &grant)
            }
            Some(&SqlState::UNIQUE_VIOLATION) => self.told(step, table, error, CLASH),
            Some(&SqlState::FOREIGN_KEY_VIOLATION) => self.told(step, table, error, POINTS),
            Some(code) if is_about_values(code) => {
                self.told(step, table, error, "the target does not take these values")
            }
            _ => self.stopped(step, table, error, None),
        }
    }

    /// Rows that change places can't be parked in between.
    pub(super) fn unparked(
        &self,
        table: &TableName,
        error: tokio_postgres::Error,
    ) -> DatabaseError {
        let step = "letting rows change places in a unique constraint";
        match error.code() {
            Some(code) if is_about_values(code) => self.told(step, table, error, DEFER),
            _ => self.fault(step, table, error),
        }
    }

    /// The role lacks what `grant` would give it.
    pub(super) fn forbidden(
        &self,
        table: &TableName,
        error: tokio_postgres::Error,
        grant: &str,
    ) -> DatabaseError {
        let words = fault::words(error);
        self.refused(table, format!("{words}; {grant} TO {}", quote(&self.role)))
    }

    pub(super) fn refused(&self, table: &TableName, rule: String) -> DatabaseError {
        DatabaseError::Refused {
            table: table.to_string(),
            database: self.database.clone(),
            rule,
        }
    }

    fn told(
        &self,
        step: &str,
        table: &TableName,
        error: tokio_postgres::Error,
        repair: &str,
    ) -> DatabaseError {
        let words = fault::words(error);
        self.refused(table, format!("{step} is not possible: {words}; {repair}"))
    }

    /// The role is set to write as a replica, and may not change that.
    pub(super) fn replica(&self, step: &str, error: tokio_postgres::Error) -> DatabaseError {
        DatabaseError::Statement {
            step: step.to_owned(),
            database: self.database.clone(),
            passing: fault::is_passing(&error),
            source: Box::new(Advised {
                words: fault::words(error),
                repair: REPLICA,
            }),
        }
    }

    fn stopped(
        &self,
        step: &str,
        table: &TableName,
        error: tokio_postgres::Error,
        repair: Option<&'static str>,
    ) -> DatabaseError {
        let passing = fault::is_passing(&error);
        let words = fault::words(error);
        DatabaseError::Statement {
            step: format!("{step} {table}"),
            database: self.database.clone(),
            passing,
            source: match repair {
                Some(repair) => Box::new(Advised { words, repair }),
                None => words,
            },
        }
    }
}

/// Whether `code` is about data (22) or about a constraint (23), or a value for what can't be set.
///
/// Source: PostgreSQL documentation, appendix A, "PostgreSQL Error Codes".
fn is_about_values(code: &SqlState) -> bool {
    let code = code.code();
    code.starts_with("22") || code.starts_with("23") || code == "428C9"
}

/// The server's words, and what repairs it.
#[derive(Debug)]
struct Advised {
    words: Box<dyn Error + Send + Sync>,
    repair: &'static str,
}

impl fmt::Display for Advised {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}; {}", self.words, self.repair)
    }
}

impl Error for Advised {}

//! Tests of the rows that are there.

use postgres_client::{Session, fault};
use tokio_postgres::error::SqlState;

use super::CheckError;
use super::query::{COUNTED_MAX, Test};

/// What a test came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// No row is in the way.
    Holds,
    /// These are.
    Violated(Violation),
    /// The server fails on a value.
    Fails(String),
    /// The test can't be made yet, or not by this role; why.
    Unknown(String),
}

/// Rows that are in the way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Violation {
    /// Whether each is a group of rows that are equal.
    pub(super) is_groups: bool,
    /// The first of them, by their keys.
    pub(super) rows: Vec<String>,
    /// How many there are.
    pub(super) count: u64,
    /// Whether counting stopped there.
    pub(super) is_more: bool,
}

/// Makes the test. A server that can't be reached any more is an error; all else is an outcome.
pub(super) async fn outcome(session: &Session, test: &Test) -> Result<Outcome, CheckError> {
    let (Test::Rows(query) | Test::Groups(query) | Test::Values(query)) = test;
    let rows = match session.query_typed(query, &[]).await {
        Ok(rows) => rows,
        Err(error) if error.code().is_none() => {
            return Err(CheckError::query("testing rows")(error));
        }
        Err(error) => return Ok(failed(test, error)),
    };
    if matches!(test, Test::Values(_)) || rows.is_empty() {
        return Ok(Outcome::Holds);
    }
    let read = || {
        let count: i64 = rows[0].try_get(1)?;
        let named: Result<Vec<Option<String>>, _> = rows.iter().map(|row| row.try_get(0)).collect();
        let count = count.unsigned_abs();
        Ok(Violation {
            is_groups: matches!(test, Test::Groups(_)),
            rows: named?.into_iter().map(Option::unwrap_or_default).collect(),
            count,
            is_more: count >= COUNTED_MAX as u64,
        })
    };
    read()
        .map(Outcome::Violated)
        .map_err(CheckError::query("reading rows"))
}

/// A value that does not fit (22, 23) is what was looked for; anything else says only that the test could not be made.
fn failed(test: &Test, error: tokio_postgres::Error) -> Outcome {
    let state = error.code().map_or("", SqlState::code);
    let is_value = state.starts_with("22") || state.starts_with("23");
    let words = fault::words(error).to_string();
    if is_value && matches!(test, Test::Values(_)) {
        Outcome::Fails(words)
    } else {
        Outcome::Unknown(words)
    }
}

//! The server's words, and which of its faults pass.

use std::error::Error as StdError;
use std::io;

use mysql_async::{DriverError, Error, IoError, ServerError};
use table_diff::DatabaseError;

/// What the server said, on one line: its number of the error, SQLSTATE and message.
#[derive(Debug, thiserror::Error)]
#[error("error {number} ({state}): {message}")]
struct ServerWords {
    number: u16,
    state: String,
    message: String,
}

/// `error` came from `database` while doing `step`.
pub(crate) fn statement(step: &str, database: &str, error: Error) -> DatabaseError {
    DatabaseError::Statement {
        step: step.to_owned(),
        database: database.to_owned(),
        passing: is_passing(&error),
        source: source(error),
    }
}

/// `error` came while logging in to `database`.
pub(crate) fn connect(database: &str, error: Error) -> DatabaseError {
    DatabaseError::Connect {
        database: database.to_owned(),
        passing: is_passing(&error),
        source: source(error),
    }
}

/// The server's number of the error, if it is the server's.
pub(crate) fn number(error: &Error) -> Option<u16> {
    match error {
        Error::Server(error) => Some(error.code),
        _ => None,
    }
}

fn source(error: Error) -> Box<dyn StdError + Send + Sync> {
    match error {
        Error::Server(ServerError {
            code,
            message,
            state,
        }) => Box::new(ServerWords {
            number: code,
            state,
            message: shorten(&message),
        }),
        error => Box::new(error),
    }
}

/// A message may repeat the whole of a cell; a person needs its beginning.
fn shorten(message: &str) -> String {
    const BYTES_MAX: usize = 300;
    let short = &message[..message.floor_char_boundary(BYTES_MAX)];
    let more = if short.len() < message.len() {
        "…"
    } else {
        ""
    };
    format!("{}{more}", short.replace('\n', " "))
}

fn is_passing(error: &Error) -> bool {
    match error {
        Error::Server(error) => is_passing_number(error.code),
        // A certificate that does not convince is `IoError::Tls`, or invalid data.
        Error::Io(IoError::Io(error)) => !matches!(
            error.kind(),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput
        ),
        Error::Driver(DriverError::ConnectionClosed) => true,
        _ => false,
    }
}

/// Whether a fault passes: too many connections (1040, 1203, 1226), a shutdown (1053), the line (1158 to 1161, 1927, 4031), a lock (1205), a
/// deadlock (1213), a row that changed meanwhile (1020), a time limit or an administrator's stop (1317, 1969, 3024), the disk (1021).
///
/// **Source**: MySQL 8.4, "Server Error Message Reference"; MariaDB, "MariaDB Error Codes".
fn is_passing_number(number: u16) -> bool {
    matches!(
        number,
        1020 | 1021 | 1040 | 1053 | 1158
            ..=1161 | 1203 | 1205 | 1213 | 1226 | 1317 | 1927 | 1969 | 3024 | 4031
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_cell_is_cut_between_characters() {
        assert_eq!(
            shorten(&"あ\n".repeat(1000)),
            format!("{}…", "あ ".repeat(75))
        );
    }

    #[test]
    fn knows_what_passes() {
        for number in [1040, 1205, 1213, 1317, 1927, 1969, 3024] {
            assert!(is_passing_number(number), "{number}");
        }
        for number in [1045, 1062, 1142, 1146, 1290, 1451, 1452, 3819, 4025] {
            assert!(!is_passing_number(number), "{number}");
        }
    }
}

//! PostgreSQL's words, and which of its faults pass.

use std::error::Error;
use std::io;

use tokio_postgres::error::DbError;

/// What the server said, on one line: severity, SQLSTATE, message, and where it happened.
#[derive(Debug, thiserror::Error)]
#[error("{words}")]
pub struct ServerWords {
    words: String,
}

impl ServerWords {
    /// The words of `error`; a part of more than 300 bytes is cut, for it may repeat a whole cell.
    pub fn new(error: &DbError) -> Self {
        let mut words = format!("{} {}: ", error.severity(), error.code().code());
        push_short(&mut words, error.message());
        for more in [error.detail(), error.hint(), error.where_()]
            .into_iter()
            .flatten()
        {
            words.push_str("; ");
            push_short(&mut words, more);
        }
        Self { words }
    }
}

/// A message may repeat the whole of a cell; a person needs its beginning.
fn push_short(words: &mut String, part: &str) {
    const BYTES_MAX: usize = 300;
    let short = &part[..part.floor_char_boundary(BYTES_MAX)];
    words.push_str(&short.replace('\n', " "));
    if short.len() < part.len() {
        words.push('…');
    }
}

/// What `error` says: the server's words where it is the server's.
pub fn words(error: tokio_postgres::Error) -> Box<dyn Error + Send + Sync> {
    match error.as_db_error() {
        Some(words) => Box::new(ServerWords::new(words)),
        None => Box::new(error),
    }
}

/// Whether the same may go well later, without anybody's doing.
pub fn is_passing(error: &tokio_postgres::Error) -> bool {
    if let Some(code) = error.code() {
        return is_passing_state(code.code());
    }
    if error.is_closed() {
        return true;
    }
    let cause = error
        .source()
        .and_then(|cause| cause.downcast_ref::<io::Error>());
    // A certificate that does not convince reaches us as invalid data.
    cause.is_some_and(|cause| {
        !matches!(
            cause.kind(),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput
        )
    })
}

/// Whether a fault passes: the line (08), a transaction's bad luck (40), lack of room or of connections (53),
/// a lock (55P03), a time limit or an administrator's stop (57), the disk (58).
///
/// Source: PostgreSQL documentation, appendix A, "PostgreSQL Error Codes".
fn is_passing_state(code: &str) -> bool {
    code == "55P03"
        || ["08", "40", "53", "57", "58"]
            .iter()
            .any(|class| code.starts_with(class))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_cell_is_cut_between_characters() {
        let mut words = String::new();
        push_short(&mut words, &"あ\n".repeat(1000));
        assert_eq!(words, format!("{}…", "あ ".repeat(75)));
    }

    #[test]
    fn knows_what_passes() {
        for code in [
            "08006", "40001", "40P01", "53300", "55P03", "57014", "57P01", "57P03",
        ] {
            assert!(is_passing_state(code), "{code}");
        }
        for code in [
            "22P02", "23505", "28P01", "3D000", "42501", "42P01", "55000",
        ] {
            assert!(!is_passing_state(code), "{code}");
        }
    }
}

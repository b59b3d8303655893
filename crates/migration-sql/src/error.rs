//! Why a file's text is refused before a server saw it.

use std::fmt;

/// A text that cannot be run statement by statement. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SqlError {
    /// A command of psql's own, which no server knows.
    #[error(
        "line {line}: `{command}` is a command of psql, not SQL: write it as SQL, or leave it out"
    )]
    MetaCommand {
        /// Where the backslash stands.
        line: usize,
        /// The backslash and the word after it.
        command: String,
    },
    /// `COPY` from or to the client, whose rows are no SQL.
    #[error(
        "line {line}: COPY … {end} needs a client that sends or takes rows: write the rows as INSERT … VALUES"
    )]
    CopyToClient {
        /// Where `COPY` stands.
        line: usize,
        /// `FROM STDIN` or `TO STDOUT`.
        end: &'static str,
    },
    /// The text ends within something that was begun.
    #[error("line {line}: {what} begins here and does not end in this file: {}", .what.repair())]
    Unterminated {
        /// Where it begins.
        line: usize,
        /// What does not end.
        what: Unfinished,
    },
    /// The file begins or ends transactions itself.
    #[error(
        "line {line}: `{words}` in a file that is one transaction already: remove it, or make `-- no-transaction` the first line of the file"
    )]
    OwnTransaction {
        /// Where the statement stands.
        line: usize,
        /// Its words, such as `COMMIT`.
        words: String,
    },
    /// What a stopped `CREATE INDEX CONCURRENTLY` leaves is found by its name.
    #[error(
        "line {line}: CREATE INDEX CONCURRENTLY needs a plain name for the index: give it one, as what it leaves INVALID when it is stopped \
         can't be found otherwise"
    )]
    UnnamedIndex {
        /// Where the statement stands.
        line: usize,
    },
    /// It would give the locks away that keep two jobs apart.
    #[error(
        "line {line}: DISCARD ALL would give the lock away that keeps two jobs apart: name what is meant, such as RESET ALL or DISCARD TEMP"
    )]
    DiscardAll {
        /// Where the statement stands.
        line: usize,
    },
}

impl SqlError {
    /// The line that it is about, from 1.
    pub fn line(&self) -> usize {
        match self {
            Self::MetaCommand { line, .. }
            | Self::CopyToClient { line, .. }
            | Self::Unterminated { line, .. }
            | Self::OwnTransaction { line, .. }
            | Self::UnnamedIndex { line }
            | Self::DiscardAll { line } => *line,
        }
    }

    /// The same of a text that begins `lines` lines below the file's beginning.
    pub(crate) fn below(mut self, lines: usize) -> Self {
        let (Self::MetaCommand { line, .. }
        | Self::CopyToClient { line, .. }
        | Self::Unterminated { line, .. }
        | Self::OwnTransaction { line, .. }
        | Self::UnnamedIndex { line }
        | Self::DiscardAll { line }) = &mut self;
        *line += lines;
        self
    }
}

/// What a text left open.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unfinished {
    /// `'…`
    String,
    /// `"…`
    Name,
    /// `$tag$…`, with the tag and its dollar signs.
    Dollar(String),
    /// `/* …`
    Comment,
    /// `BEGIN ATOMIC …`
    AtomicBody,
}

impl Unfinished {
    fn repair(&self) -> String {
        match self {
            Self::String => "close it with '".to_owned(),
            Self::Name => "close it with \"".to_owned(),
            Self::Dollar(tag) => format!("close it with {tag}"),
            Self::Comment => "close it with */ (comments nest)".to_owned(),
            Self::AtomicBody => "close it with END;".to_owned(),
        }
    }
}

impl fmt::Display for Unfinished {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String => formatter.write_str("a string"),
            Self::Name => formatter.write_str("a quoted name"),
            Self::Dollar(tag) => write!(formatter, "a body quoted by {tag}"),
            Self::Comment => formatter.write_str("a comment"),
            Self::AtomicBody => formatter.write_str("a BEGIN ATOMIC body"),
        }
    }
}

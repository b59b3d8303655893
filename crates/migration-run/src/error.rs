//! Why a run stops, and what exit code that is.

use function_core::{Exit, Retryable};
use migration_folder::TextError;
use migration_sql::SqlError;
use postgres_client::ConnectError;

use crate::{Holder, PlanError, ServerError};

/// Why a run stops. Nothing that was begun is left, unless it is [`RunError::Incomplete`].
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The database can't be reached.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The line broke, and the database could not be reached again in time.
    #[error(
        "the line to the database broke {at}; the next run finds out what the server did, and goes on from there where that can be told"
    )]
    Lost {
        /// What was being done.
        at: String,
        /// The words of the network.
        source: ServerError,
    },
    /// The line broke again and again.
    #[error(
        "the line to the database broke in each of {attempts} attempts to run {file}; the next run finds out what of it is done"
    )]
    GaveUp {
        /// The file.
        file: String,
        /// How often it was tried.
        attempts: u32,
    },
    /// The server refused what all runs need.
    #[error("{step}{}", repair.as_ref().map_or(String::new(), |repair| format!(" ({repair})")))]
    Server {
        /// What was being done.
        step: &'static str,
        /// What helps, where that is known.
        repair: Option<String>,
        /// The server's words.
        source: ServerError,
    },
    /// The server writes nothing.
    #[error("this database can't be written to: {why}")]
    ReadOnly {
        /// Why, and what to do.
        why: &'static str,
    },
    /// Between us and the server is a pooler that gives every transaction another session.
    #[error(
        "a connection pooler answers that gives each transaction another session (pgbouncer's pool_mode=transaction, say): the lock \
         that keeps two jobs apart would be lost; name the server itself, or a pool with pool_mode=session"
    )]
    Pooled,
    /// Between us and the server is a pooler that has no room for a second session.
    #[error(
        "a connection pooler answers whose pool is full, so it can't be told whether it keeps sessions apart: let the pool have room for \
         two sessions of this user, or name the server itself"
    )]
    FullPool,
    /// A table of versions is in another schema of the `search_path`.
    #[error(
        "{found} keeps a version already, and this session would keep its own in schema {schema}, which comes first in the search_path: name \
         the one that is meant by MIGRATIONS_TABLE={found} or MIGRATIONS_TABLE={own}"
    )]
    Elsewhere {
        /// The table that is there.
        found: String,
        /// The schema that comes first.
        schema: String,
        /// The table that would be made.
        own: String,
    },
    /// A file gave the job's lock away.
    #[error(
        "{file} gave the lock away that keeps two jobs apart, by pg_advisory_unlock_all() perhaps, and was stopped: leave that out"
    )]
    LockGone {
        /// The file.
        file: String,
        /// What the server was made to say.
        source: ServerError,
    },
    /// A statement was begun of which nobody can tell how it ended.
    #[error("{at}, and nobody can tell how the statement ended there; {repair}")]
    Unsure {
        /// What happened where.
        at: String,
        /// What to do.
        repair: String,
        /// What was said last.
        source: Option<ServerError>,
    },
    /// A statement was run, and that could not be written down.
    #[error(
        "{file}: the statement of line {line} was run, and that can't be written down; once the cause is repaired, `status` tells how \
         far the file is known to be, and what to do"
    )]
    Unnoted {
        /// The file.
        file: String,
        /// The statement's line, from 1.
        line: usize,
        /// The server's words.
        source: ServerError,
    },
    /// The session has no schema to keep the version in.
    #[error(
        "the search_path of this user names no schema that exists: create one, or name the table of versions with its schema by \
         MIGRATIONS_TABLE"
    )]
    NoSchema,
    /// The table is none of golang-migrate's.
    #[error(
        "{table} is another tool's, for it has other columns or more than one row (dbmate's and Rails's, say): name another table by \
         MIGRATIONS_TABLE"
    )]
    AnotherTools {
        /// The table.
        table: String,
    },
    /// Another job holds the lock.
    #[error("another job holds the lock after {waited_seconds} s: {}", holder.as_ref().map_or("it has just ended".to_owned(), ToString::to_string))]
    Locked {
        /// How long we waited.
        waited_seconds: u64,
        /// Who holds it.
        holder: Option<Box<Holder>>,
    },
    /// It was told to stop.
    #[error("stopped from outside {at}; the next run goes on from there")]
    Stopped {
        /// Before or in which file.
        at: String,
    },
    /// The folder and the database do not belong together, or the goal can't be reached.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A file is no text.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A file can't be run; none was.
    #[error("{file} can't be run")]
    Sql {
        /// The file.
        file: String,
        /// Why.
        source: SqlError,
    },
    /// A statement failed, and its file was rolled back.
    #[error("{place}; nothing of the file is left{}", repair.as_ref().map_or(String::new(), |repair| format!(" ({repair})")))]
    Failed {
        /// Which.
        place: Box<Place>,
        /// What helps, where that is known.
        repair: Option<String>,
        /// The server's words.
        source: ServerError,
    },
    /// A file that is no transaction stopped half-way.
    #[error("{place}; {repair}")]
    Incomplete {
        /// Where.
        place: Box<Place>,
        /// What is done, and what to do.
        repair: String,
        /// Whether the next run simply goes on with the statement.
        goes_on: bool,
        /// The server's words.
        source: ServerError,
    },
    /// An earlier attempt of the same run failed for good, so nothing was run.
    #[error("{words}")]
    Repeated {
        /// What the earlier attempt said.
        words: String,
        /// Its exit code.
        exit: Exit,
    },
}

/// A statement of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file's name.
    pub file: String,
    /// The statement, from 1; `None` when it was the end of the file's transaction.
    pub statement: Option<usize>,
    /// The line, from 1: of the fault, where the server told that, else of the statement.
    pub line: usize,
    /// The beginning of the statement.
    pub text: String,
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            file, line, text, ..
        } = self;
        match self.statement {
            Some(statement) => write!(
                formatter,
                "{file} failed at line {line}, in statement {statement} (`{text}`)"
            ),
            None => write!(formatter, "{file} failed at its end, when it was committed"),
        }
    }
}

impl RunError {
    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Connect(error) if error.passing => Exit::TryAgain,
            Self::Lost { .. }
            | Self::GaveUp { .. }
            | Self::Locked { .. }
            | Self::Stopped { .. } => Exit::TryAgain,
            Self::Server { source, .. }
            | Self::Failed { source, .. }
            | Self::Incomplete {
                source,
                goes_on: true,
                ..
            } if source.is_passing() => Exit::TryAgain,
            Self::Connect(_)
            | Self::Server { .. }
            | Self::NoSchema
            | Self::Failed { .. }
            | Self::LockGone { .. } => Exit::Failed,
            Self::Plan(
                PlanError::Unknown { .. }
                | PlanError::TooMany { .. }
                | PlanError::Below { .. }
                | PlanError::NothingToRepair
                | PlanError::NotApplied { .. },
            ) => Exit::Usage,
            Self::ReadOnly { .. }
            | Self::Pooled
            | Self::FullPool
            | Self::Elsewhere { .. }
            | Self::AnotherTools { .. }
            | Self::Plan(_)
            | Self::Text(_)
            | Self::Sql { .. } => Exit::Refused,
            Self::Incomplete { .. } | Self::Unsure { .. } | Self::Unnoted { .. } => {
                Exit::Incomplete
            }
            Self::Repeated { exit, .. } => *exit,
        }
    }
}

impl Retryable for RunError {
    fn is_retryable(&self) -> bool {
        self.exit() == Exit::TryAgain
    }
}

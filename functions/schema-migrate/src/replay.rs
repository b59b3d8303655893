//! Running files in a throw-away database: fast where they go well, exact where they don't.

use std::fmt;
use std::pin::pin;

use function_core::Retryable;
use migration_folder::{File, TextError};
use migration_run::FRESH_SESSION;
use migration_sql::{Mode, Position, Script, SqlError, Statement, shown};
use postgres_client::{Session, fault};
use tokio_postgres::SimpleQueryMessage;
use tokio_postgres::error::ErrorPosition;

/// Why a file does not run in an empty database that the files before it were run in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplayError {
    /// A file is no text.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A file can't be taken apart.
    #[error("{file} can't be run")]
    Sql {
        /// The file.
        file: String,
        /// Why.
        source: SqlError,
    },
    /// A statement fails.
    #[error("{place} fails")]
    Failed {
        /// Which.
        place: Place,
        /// Whether it may go better later.
        passing: bool,
        /// The server's words.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    file: String,
    /// `None` for the end of its transaction.
    line: Option<usize>,
    /// The beginning of the statement, without what its strings hold.
    text: String,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, text } = self;
        match line {
            Some(line) => write!(formatter, "{file} line {line} (`{text}`)"),
            None => write!(formatter, "the end of {file}, where it is committed,"),
        }
    }
}

impl Retryable for ReplayError {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Failed { passing: true, .. })
    }
}

/// What is in a throw-away database may be lost.
const CARELESS: &str = "SET synchronous_commit = off";

/// Runs `files` in their order, each as one transaction unless it can't be one. Those that can are sent at once.
///
/// # Errors
/// The first statement that fails.
pub(crate) async fn replay(session: &Session, files: &[&File]) -> Result<(), ReplayError> {
    let texts = files
        .iter()
        .map(|file| Ok((file.name(), file.text()?)))
        .collect::<Result<Vec<_>, TextError>>()?;
    let mut message = Message::default();
    for &(file, text) in &texts {
        let script = Script::read(text).map_err(|source| ReplayError::Sql {
            file: file.to_owned(),
            source,
        })?;
        if matches!(script.mode, Mode::NoTransaction(_)) {
            message.push_fresh(file);
            std::mem::take(&mut message).send(session).await?;
            for statement in script.statements {
                let mut alone = Message::default();
                alone.push(file, statement);
                alone.send(session).await?;
            }
        } else {
            message.push_transaction(file, script.statements);
        }
    }
    message.send(session).await
}

/// Statements that are sent at once.
#[derive(Default)]
struct Message<'a> {
    sql: String,
    sent: Vec<Sent<'a>>,
}

/// A statement of a message.
struct Sent<'a> {
    file: &'a str,
    /// `None` for what we put around the file's own.
    statement: Option<Statement<'a>>,
    /// Where it begins in the message, in bytes.
    offset: usize,
}

impl<'a> Message<'a> {
    fn push_transaction(&mut self, file: &'a str, statements: Vec<Statement<'a>>) {
        self.push_fresh(file);
        self.push_own(file, "BEGIN");
        for statement in statements {
            self.push(file, statement);
        }
        self.push_own(file, "COMMIT");
    }

    /// What a file leaves in its session does not reach the next one.
    fn push_fresh(&mut self, file: &'a str) {
        for sql in FRESH_SESSION.into_iter().chain([CARELESS]) {
            self.push_own(file, sql);
        }
    }

    fn push(&mut self, file: &'a str, statement: Statement<'a>) {
        let offset = self.append(statement.text);
        let statement = Some(statement);
        self.sent.push(Sent {
            file,
            statement,
            offset,
        });
    }

    fn push_own(&mut self, file: &'a str, sql: &str) {
        let offset = self.append(sql);
        self.sent.push(Sent {
            file,
            statement: None,
            offset,
        });
    }

    /// Answers where the statement begins.
    fn append(&mut self, sql: &str) -> usize {
        let offset = self.sql.len();
        self.sql.push_str(sql);
        self.sql.push_str(";\n");
        offset
    }

    /// The server answers each statement, up to the one that fails.
    async fn send(self, session: &Session) -> Result<(), ReplayError> {
        if self.sent.is_empty() {
            return Ok(());
        }
        let mut done = 0;
        match self.count(session, &mut done).await {
            Ok(()) => Ok(()),
            Err(error) => {
                let failed = self.failed(done, error);
                // Whatever comes next is another transaction; a session that is gone says so then.
                session.batch_execute("ROLLBACK").await.ok();
                Err(failed)
            }
        }
    }

    async fn count(
        &self,
        session: &Session,
        done: &mut usize,
    ) -> Result<(), tokio_postgres::Error> {
        let mut answers = pin!(session.simple_query_raw(&self.sql).await?);
        while let Some(answer) = futures_util::TryStreamExt::try_next(&mut answers).await? {
            if matches!(answer, SimpleQueryMessage::CommandComplete(_)) {
                *done += 1;
            }
        }
        Ok(())
    }

    fn failed(&self, done: usize, error: tokio_postgres::Error) -> ReplayError {
        let character = match error.as_db_error().and_then(|error| error.position()) {
            Some(ErrorPosition::Original(character)) => usize::try_from(*character).ok(),
            _ => None,
        };
        let place = self.sent.get(done).map_or_else(
            || Place {
                file: "the last file".to_owned(),
                line: None,
                text: String::new(),
            },
            |sent| self.place(sent, character),
        );
        ReplayError::Failed {
            place,
            passing: fault::is_passing(&error),
            source: fault::words(error),
        }
    }

    /// `character` is what the server counts from 1 in the whole message.
    fn place(&self, sent: &Sent<'_>, character: Option<usize>) -> Place {
        let line = sent.statement.as_ref().map(|statement| {
            let in_message = |offset| Position::of_byte(&self.sql, offset).line;
            let fault = character.map(|number| Position::of_character(&self.sql, number).line);
            let below = fault.and_then(|line| line.checked_sub(in_message(sent.offset)));
            statement.line + below.unwrap_or_default()
        });
        let text = sent.statement.as_ref().map(|statement| statement.text);
        Place {
            file: sent.file.to_owned(),
            line,
            text: beginning(text.unwrap_or_default()),
        }
    }
}

/// The beginning of a statement, on one line, without what its strings hold, which may be secrets.
fn beginning(text: &str) -> String {
    const CHARACTERS_MAX: usize = 80;
    let words = shown(text);
    let mut short: String = words.chars().take(CHARACTERS_MAX).collect();
    if short.len() < words.len() {
        short.push('…');
    }
    short
}

//! Whether a file's statements run in one transaction.

use crate::lexer::{Kind, Lexer};
use crate::statement_words::{begins, words};
use crate::{Position, SqlError, Statement, split};

/// How the statements of a file are run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// All in one transaction.
    Transaction,
    /// All in one transaction; the file's own `BEGIN` and `COMMIT` are its first and last statement and are passed over.
    Enclosed,
    /// One by one, each for itself.
    NoTransaction(Reason),
}

/// Why a file runs without a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// A comment before the first statement asks for it.
    Directive {
        /// The comment's line.
        line: usize,
    },
    /// A statement that the server refuses within a transaction.
    Statement {
        /// The statement's line.
        line: usize,
        /// What it is, such as `CREATE INDEX CONCURRENTLY`.
        words: &'static str,
    },
}

/// Comments that ask for no transaction: ours and sqlx's, Atlas's, and goose's. Compared without regard to case.
const DIRECTIVES: [&str; 4] = [
    "no-transaction",
    "+no-transaction",
    "atlas:txmode none",
    "+goose no transaction",
];

/// How the statements of `text` are to be run.
///
/// # Errors
/// As [`split`], and a file that begins or ends transactions itself: `BEGIN` as the first and `COMMIT` as the last
/// statement are the only ones passed over.
pub fn mode(text: &str) -> Result<Mode, SqlError> {
    mode_of(text, &split(text)?)
}

/// As [`mode`], for a text that is split already.
pub(crate) fn mode_of(text: &str, statements: &[Statement<'_>]) -> Result<Mode, SqlError> {
    if let Some(line) = directive(text)? {
        return Ok(Mode::NoTransaction(Reason::Directive { line }));
    }
    let mut reason = None;
    let mut controls = Vec::new();
    for (index, statement) in statements.iter().enumerate() {
        let words = words(statement)?;
        if let Some(control) = transaction_control(&words) {
            controls.push((index, control));
        } else if reason.is_none()
            && let Some(words) = refused_in_transaction(&words)
        {
            let line = statement.line;
            reason = Some(Reason::Statement { line, words });
        }
    }
    let is_enclosed = matches!(
        controls.as_slice(),
        [(0, Control::Begin), (last, Control::Commit)] if last + 1 == statements.len()
    );
    match (controls.first(), reason) {
        (None, None) => Ok(Mode::Transaction),
        (None, Some(reason)) => Ok(Mode::NoTransaction(reason)),
        (Some(_), None) if is_enclosed => Ok(Mode::Enclosed),
        (Some(&(index, _)), _) => Err(own_transaction(&statements[index])),
    }
}

/// The line of the directive among the comments before the first statement.
fn directive(text: &str) -> Result<Option<usize>, SqlError> {
    let mut lexer = Lexer::new(text);
    while let Some(token) = lexer.next()? {
        if token.kind != Kind::Comment {
            return Ok(None);
        }
        let Some(comment) = token.text.strip_prefix("--") else {
            continue;
        };
        let comment = comment.split_whitespace().collect::<Vec<_>>().join(" ");
        if DIRECTIVES
            .iter()
            .any(|directive| comment.eq_ignore_ascii_case(directive))
        {
            return Ok(Some(Position::of_byte(text, token.offset).line));
        }
    }
    Ok(None)
}

/// What a statement does to the transaction around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Control {
    /// A plain beginning, which our own replaces.
    Begin,
    /// A plain end, which our own replaces.
    Commit,
    /// Anything else: a beginning with options, a rollback, a chain, two-phase commit.
    Other,
}

/// Savepoints are no control: they live within any transaction.
pub(crate) fn transaction_control(words: &[String]) -> Option<Control> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    Some(match words.as_slice() {
        ["BEGIN"] | ["BEGIN" | "START", "TRANSACTION"] | ["BEGIN", "WORK"] => Control::Begin,
        ["COMMIT" | "END"] | ["COMMIT" | "END", "WORK" | "TRANSACTION"] => Control::Commit,
        ["ROLLBACK", rest @ ..] if rest.contains(&"TO") => return None,
        ["BEGIN" | "COMMIT" | "END" | "ROLLBACK" | "ABORT", ..]
        | ["START" | "PREPARE", "TRANSACTION", ..] => Control::Other,
        _ => return None,
    })
}

fn own_transaction(statement: &Statement<'_>) -> SqlError {
    let words = statement.text.split_whitespace().take(4);
    SqlError::OwnTransaction {
        line: statement.line,
        words: words.collect::<Vec<_>>().join(" "),
    }
}

/// Statements refused within a transaction whatever follows their beginning.
const REFUSED: [&str; 16] = [
    "VACUUM",
    "ALTER SYSTEM",
    "CREATE DATABASE",
    "DROP DATABASE",
    "CREATE TABLESPACE",
    "DROP TABLESPACE",
    "CREATE INDEX CONCURRENTLY",
    "CREATE UNIQUE INDEX CONCURRENTLY",
    "DROP INDEX CONCURRENTLY",
    "REINDEX DATABASE",
    "REINDEX SYSTEM",
    "REINDEX SCHEMA",
    "CREATE SUBSCRIPTION",
    "DROP SUBSCRIPTION",
    "ALTER SUBSCRIPTION",
    "DISCARD ALL",
];

/// What a statement is that the server refuses within a transaction.
///
/// **Source:** PostgreSQL, callers of `PreventInTransactionBlock` in src/backend (15 to 18).
pub(crate) fn refused_in_transaction(words: &[String]) -> Option<&'static str> {
    if let Some(refused) = REFUSED.iter().find(|refused| begins(words, refused)) {
        return Some(refused);
    }
    let has = |word: &str| words.iter().any(|other| other == word);
    if begins(words, "REINDEX") && has("CONCURRENTLY") {
        return Some("REINDEX CONCURRENTLY");
    }
    if begins(words, "REINDEX (") && (has("DATABASE") || has("SYSTEM") || has("SCHEMA")) {
        return Some("REINDEX of more than one table");
    }
    if begins(words, "ALTER TABLE") && has("DETACH") && has("CONCURRENTLY") {
        return Some("ALTER TABLE … DETACH PARTITION … CONCURRENTLY");
    }
    if begins(words, "ALTER DATABASE") && has("TABLESPACE") {
        return Some("ALTER DATABASE … SET TABLESPACE");
    }
    let is_bare_cluster = matches!(words, [cluster] if cluster == "CLUSTER")
        || matches!(words, [cluster, verbose] if cluster == "CLUSTER" && verbose == "VERBOSE");
    is_bare_cluster.then_some("CLUSTER of every table")
}

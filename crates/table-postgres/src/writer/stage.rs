//! Changes on their way into temporary tables, by COPY.
//!
//! A table's changes take up to three of them, made when they are needed:
//!
//! | table | columns |
//! |---|---|
//! | `rows_N` | each change's number, action, what was seen, what is wanted, and the key as `k0`, `k1`, … |
//! | `update_N` | the wanted rows of updates, in columns of the table's own names and types |
//! | `insert_N` | those of inserts |
//!
//! Columns have the types of the table's, so that the server reads each text as it reads what people type, refuses what would be cut,
//! and joins without casts.

use std::pin::pin;

use bytes::Bytes;
use futures_util::SinkExt as _;
use postgres_client::{Session, quote_identifier as quote};
use table_diff::{Action, Change, Reading, Seen, TableName};
use tokio_postgres::{Error, Statement};

use super::copy_text::push_row;
use crate::sql;

/// Rows are sent in pieces of this size.
const PIECE_BYTES: usize = 256 * 1024;

/// The staged changes of one table.
pub(super) struct Stage {
    pub(super) table: TableName,
    /// Tells the temporary tables of this table from those of others.
    index: usize,
    /// How many changes are staged.
    staged: u64,
    /// Whether the rows are as they were wanted.
    pub(super) verified: bool,
    rows: Statement,
    update: Option<Statement>,
    insert: Option<Statement>,
}

impl Stage {
    /// Makes room for changes of `reading`'s table.
    pub(super) async fn create(
        session: &Session,
        reading: &Reading,
        index: usize,
    ) -> Result<Self, Error> {
        let rows = rows(index);
        session.batch_execute(&create_rows(&rows, reading)).await?;
        Ok(Self {
            table: reading.table.clone(),
            index,
            staged: 0,
            verified: false,
            rows: session.prepare(&copy(&rows)).await?,
            update: None,
            insert: None,
        })
    }

    /// Where the changes are.
    pub(super) fn rows(&self) -> String {
        rows(self.index)
    }

    /// Where the wanted rows of `action` are; deletions have none.
    pub(super) fn wanted(&self, action: Action) -> Option<String> {
        match action {
            Action::Update => self.update.as_ref().map(|_| update(self.index)),
            Action::Insert => self.insert.as_ref().map(|_| insert(self.index)),
            Action::Delete => None,
        }
    }

    /// Adds `changes`.
    pub(super) async fn add(
        &mut self,
        session: &Session,
        reading: &Reading,
        changes: &[Change],
    ) -> Result<(), Error> {
        let first = self.staged;
        let numbered = changes.iter().zip(first..);
        send(session, &self.rows, numbered, |buffer, (change, number)| {
            push_change(buffer, change, number);
        })
        .await?;
        for action in [Action::Update, Action::Insert] {
            let wanted = changes.iter().filter(|change| change.action == action);
            let wanted: Vec<_> = wanted.filter_map(|change| change.values.as_ref()).collect();
            if wanted.is_empty() {
                continue;
            }
            let statement = self.wanted_statement(session, reading, action).await?;
            send(session, &statement, wanted.into_iter(), |buffer, values| {
                push_row(buffer, values.iter().map(Option::as_deref));
            })
            .await?;
        }
        self.staged += changes.len() as u64;
        Ok(())
    }

    async fn wanted_statement(
        &mut self,
        session: &Session,
        reading: &Reading,
        action: Action,
    ) -> Result<Statement, Error> {
        let (statement, name) = match action {
            Action::Update => (&mut self.update, update(self.index)),
            Action::Insert | Action::Delete => (&mut self.insert, insert(self.index)),
        };
        if let Some(statement) = statement {
            return Ok(statement.clone());
        }
        session
            .batch_execute(&create_wanted(&name, reading))
            .await?;
        let made = session.prepare(&copy(&name)).await?;
        Ok(statement.insert(made).clone())
    }

    /// Tells the planner how many rows there are: nobody else looks at temporary tables.
    pub(super) fn analyze(&self, reading: &Reading) -> String {
        let staged: Vec<_> = (0..reading.key.len()).map(key_column).collect();
        let names: Vec<_> = reading.key.iter().map(|(name, _)| quote(name)).collect();
        let wanted = [Action::Update, Action::Insert].into_iter();
        let wanted = wanted.filter_map(|action| self.wanted(action));
        let mut statements = vec![format!("ANALYZE {} ({})", self.rows(), staged.join(", "))];
        statements.extend(wanted.map(|wanted| format!("ANALYZE {wanted} ({})", names.join(", "))));
        statements.join("; ")
    }
}

/// The letter of `action` in `rows_N`.
pub(super) fn letter(action: Action) -> &'static str {
    match action {
        Action::Insert => "i",
        Action::Update => "u",
        Action::Delete => "d",
    }
}

/// The column of `rows_N` with the part `index` of the key.
pub(super) fn key_column(index: usize) -> String {
    format!("k{index}")
}

fn rows(index: usize) -> String {
    format!("pg_temp.rows_{index}")
}

fn update(index: usize) -> String {
    format!("pg_temp.update_{index}")
}

fn insert(index: usize) -> String {
    format!("pg_temp.insert_{index}")
}

fn create_rows(name: &str, reading: &Reading) -> String {
    let keys = reading
        .key
        .iter()
        .enumerate()
        .map(|(index, (column, _))| format!(", t.{} AS {}", quote(column), key_column(index)));
    format!(
        "CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS SELECT NULL::bigint AS number, NULL::\"char\" AS action, \
         NULL::bigint AS seen_hash, NULL::bigint AS seen_time, NULL::bigint AS wanted_hash, NULL::bigint AS wanted_time{} \
         FROM {} AS t WITH NO DATA",
        keys.collect::<String>(),
        sql::table(&reading.table)
    )
}

fn create_wanted(name: &str, reading: &Reading) -> String {
    let columns: Vec<_> = reading
        .columns
        .iter()
        .map(|(column, _)| format!("t.{}", quote(column)))
        .collect();
    format!(
        "CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS SELECT {} FROM {} AS t WITH NO DATA",
        columns.join(", "),
        sql::table(&reading.table)
    )
}

fn copy(name: &str) -> String {
    format!("COPY {name} FROM STDIN")
}

fn push_change(buffer: &mut Vec<u8>, change: &Change, number: u64) {
    let number = number.to_string();
    let [seen, wanted] = [change.seen, change.wanted].map(Told::new);
    let told = [Some(number.as_str()), Some(letter(change.action))]
        .into_iter()
        .chain([seen.hash.as_deref(), seen.time.as_deref()])
        .chain([wanted.hash.as_deref(), wanted.time.as_deref()]);
    let key = change.key.iter().map(|part| Some(part.as_str()));
    push_row(buffer, told.chain(key));
}

/// What is told of a row, as the server's text.
struct Told {
    hash: Option<String>,
    time: Option<String>,
}

impl Told {
    fn new(seen: Option<Seen>) -> Self {
        Self {
            // The server's 64 bits have a sign.
            hash: seen.map(|seen| seen.hash.cast_signed().to_string()),
            time: seen.and_then(|seen| seen.time).map(|time| time.to_string()),
        }
    }
}

async fn send<Item>(
    session: &Session,
    statement: &Statement,
    items: impl Iterator<Item = Item>,
    push: impl Fn(&mut Vec<u8>, Item),
) -> Result<(), Error> {
    let mut sink = pin!(session.copy_in::<_, Bytes>(statement).await?);
    let mut buffer = Vec::new();
    for item in items {
        push(&mut buffer, item);
        if buffer.len() >= PIECE_BYTES
            && sink.send(std::mem::take(&mut buffer).into()).await.is_err()
        {
            // The sink knows only that the copying ended; its end tells why.
            break;
        }
    }
    if !buffer.is_empty() {
        drop(sink.send(buffer.into()).await);
    }
    sink.finish().await.map(drop)
}

//! The rows as they are before the writing, as the changes that would undo it.

use std::pin::Pin;

use futures_util::stream::Fuse;
use futures_util::{StreamExt as _, TryStreamExt as _};
use postgres_client::Session;
use table_diff::{Action, Change, Reading, TableName};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Row, RowStream};

use super::check::{named_key, same_key, seen};
use super::stage::Stage;
use crate::sql;

/// One call gives no more text than this, and yet a whole row, whatever its size.
const TEXT_BYTES: usize = 4 * 1024 * 1024;

/// The columns before the key's.
const TOLD: usize = 5;

/// The old rows of one table, as they come.
pub(super) struct OldRows {
    pub(super) table: TableName,
    /// Asked again after its end, the stream itself would call the line closed.
    rows: Pin<Box<Fuse<RowStream>>>,
}

impl OldRows {
    /// Begins to read the rows of `stage`.
    pub(super) async fn begin(
        session: &Session,
        stage: &Stage,
        reading: &Reading,
    ) -> Result<Self, Error> {
        let none: [(&(dyn ToSql + Sync), Type); 0] = [];
        let rows = session
            .query_typed_raw(&select(stage, reading), none)
            .await?;
        Ok(Self {
            table: reading.table.clone(),
            rows: Box::pin(rows.fuse()),
        })
    }

    /// The next of them, `most` at most; empty at the end.
    pub(super) async fn next(
        &mut self,
        reading: &Reading,
        most: usize,
    ) -> Result<Vec<Change>, Error> {
        let (mut changes, mut bytes) = (Vec::new(), 0);
        while changes.len() < most && bytes < TEXT_BYTES {
            let Some(row) = self.rows.try_next().await? else {
                break;
            };
            let change = undo(&row, reading)?;
            bytes += text_bytes(&change);
            changes.push(change);
        }
        Ok(changes)
    }
}

/// The changes are put in order before their rows are looked up one by one: then those come at once, and need not be sorted, perhaps on the
/// server's disk.
fn select(stage: &Stage, reading: &Reading) -> String {
    format!(
        "SELECT r.action, r.seen_hash, r.seen_time, r.wanted_hash, r.wanted_time, {key_texts}, {texts} \
         FROM (SELECT * FROM {rows} ORDER BY number OFFSET 0) AS r CROSS JOIN LATERAL {key} AS k \
         LEFT JOIN {table} AS t ON {same} ORDER BY r.number",
        key_texts = sql::key_texts(reading, "k").join(", "),
        texts = sql::texts(reading, "t").join(", "),
        rows = stage.rows(),
        key = named_key(reading),
        table = sql::table(&reading.table),
        same = same_key(reading),
    )
}

/// The change that undoes the one of `row`: what it wanted is what will be seen.
fn undo(row: &Row, reading: &Reading) -> Result<Change, Error> {
    let action = match row.try_get::<_, i8>(0)?.cast_unsigned() {
        b'i' => Action::Delete,
        b'u' => Action::Update,
        _ => Action::Insert,
    };
    let texts = TOLD + reading.key.len();
    let values = (texts..texts + reading.columns.len()).map(|index| row.try_get(index));
    Ok(Change {
        action,
        key: (TOLD..texts)
            .map(|index| row.try_get(index))
            .collect::<Result<_, _>>()?,
        seen: seen(row, 3)?,
        wanted: seen(row, 1)?,
        values: if action == Action::Delete {
            None
        } else {
            Some(values.collect::<Result<_, _>>()?)
        },
    })
}

fn text_bytes(change: &Change) -> usize {
    let values = change.values.iter().flatten().flatten();
    values.chain(&change.key).map(String::len).sum()
}

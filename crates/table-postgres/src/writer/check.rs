//! Whether rows are as they are told to be: before the writing as they were seen, after it as they are wanted.

use postgres_client::quote_identifier as quote;
use table_diff::{Action, KeyType, Reading, Seen, StaleRow};
use tokio_postgres::{Error, Row};

use super::stage::{Stage, key_column, letter};
use crate::hash::row_hash;
use crate::sql;

/// How many rows that are not as told are named.
const NAMED_MAX: usize = 20;

/// Locks the rows that are there, in the order of their keys, and selects the changes whose row is not as it was seen.
///
/// It waits for whoever holds a row, and sees what they made of it: PostgreSQL looks at a row again after it has locked it.
///
/// Source: PostgreSQL documentation, "Transaction Isolation", Read Committed.
pub(super) fn lock(stage: &Stage, reading: &Reading) -> String {
    let keys: Vec<_> = (0..reading.key.len())
        .map(|index| format!("r.{}", key_column(index)))
        .collect();
    format!(
        "WITH locked AS MATERIALIZED (SELECT r.number, {hash} AS hash, {time} AS time \
         FROM {rows} AS r JOIN {table} AS t ON {same} ORDER BY {keys} FOR UPDATE OF t) \
         SELECT count(*) OVER (), r.seen_hash, r.seen_time, now.number IS NOT NULL, now.hash, now.time, {texts} \
         FROM {rows} AS r LEFT JOIN locked AS now USING (number) CROSS JOIN LATERAL {key} AS k \
         WHERE CASE WHEN r.seen_hash IS NULL THEN now.number IS NOT NULL ELSE now.number IS NULL \
         OR now.hash IS DISTINCT FROM r.seen_hash OR now.time IS DISTINCT FROM r.seen_time END \
         ORDER BY r.number LIMIT {NAMED_MAX}",
        hash = row_hash(reading, "t"),
        time = sql::time(reading, "t"),
        rows = stage.rows(),
        table = sql::table(&reading.table),
        same = same_key(reading),
        keys = keys.join(", "),
        texts = sql::key_texts(reading, "k").join(", "),
        key = named_key(reading),
    )
}

/// Selects the changes whose row is not as it was wanted.
pub(super) fn verify(stage: &Stage, reading: &Reading) -> String {
    let there = there(reading);
    let (hash, time) = (row_hash(reading, "t"), sql::time(reading, "t"));
    format!(
        "SELECT count(*) OVER (), r.wanted_hash, r.wanted_time, {there}, {hash}, {time}, {texts} \
         FROM {rows} AS r CROSS JOIN LATERAL {key} AS k LEFT JOIN {table} AS t ON {same} \
         WHERE CASE WHEN r.wanted_hash IS NULL THEN {there} ELSE NOT {there} \
         OR {hash} IS DISTINCT FROM r.wanted_hash OR {time} IS DISTINCT FROM r.wanted_time END \
         ORDER BY r.number LIMIT {NAMED_MAX}",
        texts = sql::key_texts(reading, "k").join(", "),
        rows = stage.rows(),
        key = named_key(reading),
        table = sql::table(&reading.table),
        same = same_key(reading),
    )
}

/// Selects the key of a row that is there although a change inserts it.
pub(super) fn present(stage: &Stage, reading: &Reading) -> String {
    format!(
        "SELECT {texts} FROM {rows} AS r JOIN {table} AS t ON {same} WHERE r.action = '{insert}' LIMIT 1",
        texts = sql::key_texts(reading, "t").join(", "),
        rows = stage.rows(),
        table = sql::table(&reading.table),
        same = same_key(reading),
        insert = letter(Action::Insert),
    )
}

/// What tells that a joined row `t` is there: no part of a key is NULL.
pub(super) fn there(reading: &Reading) -> String {
    let first = reading.key.first().map_or("", |(column, _)| column);
    format!("t.{} IS NOT NULL", quote(first))
}

/// What joins the row `t` of the table to the change `r`.
pub(super) fn same_key(reading: &Reading) -> String {
    let same: Vec<_> = reading
        .key
        .iter()
        .enumerate()
        .map(|(index, (column, kind))| {
            let staged = format!("r.{}", key_column(index));
            equal(reading, column, &staged, *kind)
        })
        .collect();
    same.join(" AND ")
}

/// What makes the part `name` of the row `t`'s key the same as `other`: the type's own equality, for which there is an index, and the text's bytes, for
/// collations and types that equate more.
pub(super) fn equal(reading: &Reading, name: &str, other: &str, kind: KeyType) -> String {
    let column = quote(name);
    let equal = format!("t.{column} {} {other}", sql::equal_sign(reading, name));
    match kind {
        KeyType::Text => {
            format!("{equal} AND t.{column}::text COLLATE \"C\" = {other}::text COLLATE \"C\"")
        }
        _ => equal,
    }
}

/// The key of the change `r` under the names of the table's columns.
pub(super) fn named_key(reading: &Reading) -> String {
    let columns: Vec<_> = reading
        .key
        .iter()
        .enumerate()
        .map(|(index, (column, _))| format!("r.{} AS {}", key_column(index), quote(column)))
        .collect();
    format!("(SELECT {})", columns.join(", "))
}

/// The answer to [`lock`] or [`verify`]: how many rows are not as told, and the first of them.
pub(super) fn stale(rows: &[Row], reading: &Reading) -> Result<(u64, Vec<StaleRow>), Error> {
    let count = rows.first().map_or(Ok(0), |row| row.try_get::<_, i64>(0))?;
    let stale = rows.iter().map(|row| stale_row(row, reading));
    Ok((count.unsigned_abs(), stale.collect::<Result<_, _>>()?))
}

fn stale_row(row: &Row, reading: &Reading) -> Result<StaleRow, Error> {
    const KEY: usize = 6;
    let is_there: bool = row.try_get(3)?;
    Ok(StaleRow {
        key: (0..reading.key.len())
            .map(|index| row.try_get(KEY + index))
            .collect::<Result<_, _>>()?,
        seen: seen(row, 1)?,
        now: if is_there { seen(row, 4)? } else { None },
    })
}

/// What the columns `at` and the next tell of a row; `None` where there was none.
pub(super) fn seen(row: &Row, at: usize) -> Result<Option<Seen>, Error> {
    let hash: Option<i64> = row.try_get(at)?;
    let time = row.try_get(at + 1)?;
    Ok(hash.map(|hash| Seen {
        hash: hash.cast_unsigned(),
        time,
    }))
}

//! Rows of other tables that an update would change: those that point, by a key with `ON UPDATE CASCADE`, `SET NULL` or `SET DEFAULT`, at
//! a column that changes. Nobody was shown them, and no undo file holds them.

use postgres_client::Session;
use table_diff::{DatabaseError, ForeignKey, KeyAction, Reading, Table};

use super::fault::Site;
use super::statements::{is_updated, same_row};
use crate::sql::{self, column};

/// Counts the rows that would follow the updates in `wanted`. The server holds old and new value against each other byte by byte.
///
/// Source: PostgreSQL source, `ri_KeysEqual`.
fn count(key: &ForeignKey, wanted: &str, reading: &Reading) -> String {
    let is_read = |name: &&String| reading.columns.iter().any(|(column, _)| column == *name);
    let of = |alias: &str| {
        let read = key.referenced_columns.iter().filter(is_read);
        let columns = read.map(|name| column(alias, name));
        columns.collect::<Vec<_>>().join(", ")
    };
    let pairs = key.columns.iter().zip(&key.referenced_columns);
    let links: Vec<_> = pairs
        .map(|(own, other)| sql::points(reading, own, other))
        .collect();
    format!(
        "SELECT count(*) FROM {wanted} AS v JOIN {} AS t ON {} JOIN {} AS p ON {} \
         WHERE NOT record_image_eq(ROW({}), ROW({}))",
        sql::table(&reading.table),
        same_row(reading),
        sql::table(&key.table),
        links.join(" AND "),
        of("t"),
        of("v"),
    )
}

/// Refuses the updates in `wanted` where rows would follow them. The updated rows are locked, and so no more rows come to point at them.
pub(super) async fn refuse(
    session: &Session,
    site: &Site,
    wanted: &str,
    table: &Table,
    reading: &Reading,
) -> Result<(), DatabaseError> {
    let updated = |name: &String| {
        let mut columns = reading.columns.iter();
        // What is not read is not written either.
        columns.any(|(column, _)| column == name) && is_updated(name, table, reading)
    };
    let keys = table.referenced_by.iter();
    let acting = keys.filter(|key| key.on_update != KeyAction::Refuse);
    for key in acting.filter(|key| key.referenced_columns.iter().any(updated)) {
        let rows = session
            .query_typed_one(&count(key, wanted, reading), &[])
            .await
            .and_then(|row| row.try_get::<_, i64>(0))
            .map_err(|error| site.fault("counting rows of", &key.table, error))?;
        if rows > 0 {
            return Err(site.refused(&reading.table, refusal(key, rows)));
        }
    }
    Ok(())
}

fn refusal(key: &ForeignKey, rows: i64) -> String {
    format!(
        "updates change ({}), and {rows} rows of {} would follow by {} (ON UPDATE {}), which nobody was shown; change those rows by \
         hand first, or leave these updates out",
        key.referenced_columns.join(", "),
        key.table,
        key.name,
        key.on_update.sql()
    )
}

//! How many rows of other tables point at rows.

use mysql_async::Value;
use table_diff::{DatabaseError, ForeignKey, Reading};

use crate::cell;
use crate::identifier::{column, quote_table};
use crate::keys;
use crate::layout::{Layout, cell_at, list};
use crate::session::Session;

/// How many rows of `key`'s table point at rows with `keys` of `reading`'s table.
pub(crate) async fn count(
    session: &mut Session,
    reading: &Reading,
    key: &ForeignKey,
    keys: &[Vec<u8>],
) -> Result<u64, DatabaseError> {
    if keys.is_empty() {
        return Ok(0);
    }
    let step = format!(
        "counting the rows of {} that point at {}",
        key.table, reading.table
    );
    let layout = Layout::of(reading, &session.database)?;
    let condition = keys::any_encoded(&layout, "t", keys);
    let condition = condition.map_err(|error| session.answer(&step, error.to_string()))?;
    let own = key.columns.iter().map(|name| column("c", name));
    let theirs = key.referenced_columns.iter().map(|name| column("t", name));
    let sql = format!(
        "SELECT COUNT(*) FROM {} c WHERE ({}) IN (SELECT {} FROM {} t WHERE {})",
        quote_table(&key.table),
        list(own),
        list(theirs),
        layout.table(),
        condition.sql
    );
    let rows = session.rows(&step, &sql, condition.values).await?;
    let count = rows.first().map_or(&Value::NULL, |row| cell_at(row, 0));
    let count = cell::number(count, "count");
    count.map_err(|error| session.answer(&step, error.to_string()))
}

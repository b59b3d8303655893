//! What deletions take along, and that again: one statement walks from row to row, and the server remembers where it was.

use table_diff::{Cascade, DatabaseError, ForeignKey, Reading, TableName};

use crate::cell;
use crate::identifier::{column, quote, quote_table};
use crate::keys::{self, Condition};
use crate::layout::{Layout, cell_at, list};
use crate::session::Session;

/// The most values that are bound to a statement: the protocol counts them with 16 bits, and a text is bound twice.
const BOUND_MAX: usize = 60_000;

/// How many rows point by each key of `cascade` at those of `reading`'s table with `keys`, or at rows that go with them.
pub(crate) async fn count(
    session: &mut Session,
    reading: &Reading,
    cascade: &Cascade,
    keys: &[Vec<u8>],
) -> Result<Vec<u64>, DatabaseError> {
    let step = format!("counting what goes with deleted rows of {}", reading.table);
    let layout = Layout::of(reading, &session.database)?;
    let mut counts = vec![0; cascade.keys().len()];
    for keys in keys.chunks(BOUND_MAX / (2 * reading.key.len().max(1))) {
        let condition = keys::any_encoded(&layout, "t", keys);
        let condition = condition.map_err(|error| session.answer(&step, error.to_string()))?;
        let sql = walk(&layout, cascade, &condition);
        let rows = session.rows(&step, &sql, condition.values).await?;
        let Some(row) = rows.first() else {
            continue;
        };
        for (number, sum) in counts.iter_mut().enumerate() {
            let count = cell::number::<u64>(cell_at(row, number), "count");
            *sum += count.map_err(|error| session.answer(&step, error.to_string()))?;
        }
    }
    Ok(counts)
}

/// `gone` has a row for each row that is deleted: the columns by which others point at it, and none of those of other tables. `UNION` keeps each once,
/// so that circles end.
fn walk(layout: &Layout<'_>, cascade: &Cascade, condition: &Condition) -> String {
    let steps = cascade.deleting().map(|key| {
        format!(
            " UNION SELECT {} FROM gone JOIN {} p ON {}",
            held(cascade, &key.table, "p"),
            quote_table(&key.table),
            link(cascade, key)
        )
    });
    let counts = cascade.keys().iter().map(|key| {
        format!(
            "(SELECT COUNT(*) FROM gone JOIN {} p ON {})",
            quote_table(&key.table),
            link(cascade, key)
        )
    });
    let columns = (0..cascade.pointed().len()).map(|number| format!("c{number}"));
    format!(
        "WITH RECURSIVE gone ({}) AS (SELECT {} FROM {} t WHERE {}{}) SELECT {}",
        list(columns),
        held(cascade, &layout.reading.table, "t"),
        layout.table(),
        condition.sql,
        steps.collect::<String>(),
        list(counts)
    )
}

/// The condition by which the row `p` points by `key` at a row of `gone`.
fn link(cascade: &Cascade, key: &ForeignKey) -> String {
    let pointed = cascade.pointed();
    let pairs = key.columns.iter().zip(&key.referenced_columns);
    let links = pairs.map(|(own, other)| {
        let other = (&key.references, other.as_str());
        let number = pointed.iter().position(|it| *it == other);
        let own = column("p", own);
        format!("{own} = gone.c{}", number.unwrap_or_default())
    });
    links.collect::<Vec<_>>().join(" AND ")
}

/// What `gone` holds of the row `alias` of `name`.
fn held(cascade: &Cascade, name: &TableName, alias: &str) -> String {
    list(cascade.pointed().into_iter().map(|(of, own)| {
        if of == name {
            column(alias, own)
        } else {
            // NULL, of the column's own type.
            format!("(SELECT {} FROM {} LIMIT 0)", quote(own), quote_table(of))
        }
    }))
}

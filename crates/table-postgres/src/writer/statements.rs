//! The statements that write, each for all rows of a table at once.

use postgres_client::quote_identifier as quote;
use table_diff::{Action, Generated, KeyType, Reading, Table};

use super::check::{equal, same_key};
use super::stage::{Stage, letter};
use crate::sql;

/// The statement for what is staged for `action`; `None` where nothing is, or where there is nothing that could be written.
pub(super) fn write(
    stage: &Stage,
    table: &Table,
    reading: &Reading,
    action: Action,
) -> Option<String> {
    match action {
        Action::Delete => Some(delete(stage, reading)),
        Action::Update => update(&stage.wanted(action)?, table, reading),
        Action::Insert => Some(insert(&stage.wanted(action)?, reading)),
    }
}

fn delete(stage: &Stage, reading: &Reading) -> String {
    format!(
        "DELETE FROM {} AS t USING {} AS r WHERE r.action = '{}' AND {}",
        sql::table(&reading.table),
        stage.rows(),
        letter(Action::Delete),
        same_key(reading)
    )
}

fn update(wanted: &str, table: &Table, reading: &Reading) -> Option<String> {
    let sets: Vec<_> = reading
        .columns
        .iter()
        .filter(|(column, _)| is_updated(column, table, reading))
        .map(|(column, _)| format!("{0} = v.{0}", quote(column)))
        .collect();
    if sets.is_empty() {
        return None;
    }
    Some(format!(
        "UPDATE {} AS t SET {} FROM {wanted} AS v WHERE {}",
        sql::table(&reading.table),
        sets.join(", "),
        same_row(reading)
    ))
}

/// Whether an update sets `column`. A key stays what it is; only of decimals, `1.0` and `1.00` are the same key. What is always generated
/// can't be set.
pub(super) fn is_updated(column: &str, table: &Table, reading: &Reading) -> bool {
    let is_always = table
        .columns
        .iter()
        .any(|known| known.name == column && known.generated == Generated::IdentityAlways);
    let key = reading.key.iter().find(|(name, _)| name == column);
    !is_always && key.is_none_or(|(_, key_type)| *key_type == KeyType::Decimal)
}

/// All values are given, those of identities as well: the ids of both sides are the same.
fn insert(wanted: &str, reading: &Reading) -> String {
    let columns: Vec<_> = reading
        .columns
        .iter()
        .map(|(column, _)| quote(column))
        .collect();
    let columns = columns.join(", ");
    format!(
        "INSERT INTO {} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {wanted}",
        sql::table(&reading.table)
    )
}

/// What joins the row `t` of the table to the wanted row `v`.
pub(super) fn same_row(reading: &Reading) -> String {
    let same = reading
        .key
        .iter()
        .map(|(column, kind)| equal(reading, column, &sql::column("v", column), *kind));
    same.collect::<Vec<_>>().join(" AND ")
}

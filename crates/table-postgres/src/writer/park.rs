//! Rows that change places in a unique constraint: `a` becomes `b` while `b` becomes `a`.
//!
//! A constraint that can't be deferred is checked row by row, and so one statement fails at the first row. In between, the rows
//! that are to give their value away are parked at a value that no row has.

use postgres_client::quote_identifier as quote;
use table_diff::{Action, Column, KeyType, Reading, Table, Unique};

use super::check::same_key;
use super::stage::Stage;
use super::statements::same_row;
use crate::sql;

/// The statements that park the rows whose values the rows of `action` want; one for each constraint where it can be done.
pub(super) fn park(stage: &Stage, table: &Table, reading: &Reading, action: Action) -> Vec<String> {
    let Some(wanted) = stage.wanted(action) else {
        return Vec::new();
    };
    let uniques = table.uniques.iter();
    let checked = uniques.filter(|unique| !unique.deferrable && !unique.special);
    checked
        .filter_map(|unique| park_in(unique, &wanted, stage, table, reading))
        .collect()
}

fn park_in(
    unique: &Unique,
    wanted: &str,
    stage: &Stage,
    table: &Table,
    reading: &Reading,
) -> Option<String> {
    let (column, free) = free_column(unique, wanted, table, reading)?;
    let equal = if unique.nulls_not_distinct {
        "IS NOT DISTINCT FROM"
    } else {
        "="
    };
    let claims: Vec<_> = unique
        .columns
        .iter()
        .map(|column| format!("v.{0} {equal} t.{0}", quote(column)))
        .collect();
    // Rows that nobody writes are not touched: whoever wants their value is refused.
    Some(format!(
        "UPDATE {table} AS t SET {column} = {free} FROM {rows} AS r WHERE r.action <> 'i' AND {same} \
         AND EXISTS (SELECT FROM {wanted} AS v WHERE {claims} AND NOT ({itself}))",
        table = sql::table(&reading.table),
        column = quote(&column.name),
        rows = stage.rows(),
        same = same_key(reading),
        claims = claims.join(" AND "),
        itself = same_row(reading),
    ))
}

/// A column of the constraint that can be parked, and the value for the change `r`.
fn free_column<'a>(
    unique: &Unique,
    wanted: &str,
    table: &'a Table,
    reading: &Reading,
) -> Option<(&'a Column, String)> {
    let is_key = |name: &String| reading.key.iter().any(|(key, _)| key == name);
    let is_written = |name: &String| reading.columns.iter().any(|(column, _)| column == name);
    let points = |name: &String| {
        table
            .references
            .iter()
            .any(|key| key.columns.contains(name))
    };
    let names = unique.columns.iter();
    let usable = names.filter(|name| is_written(name) && !is_key(name) && !points(name));
    let columns =
        usable.filter_map(|name| table.columns.iter().find(|column| column.name == *name));
    let mut free = columns.filter_map(|column| {
        let value = free_value(column, unique, wanted, reading)?;
        Some((column, value))
    });
    free.next()
}

/// A value that no row has, and that is another for each change. Should it be there after all, the constraint refuses it.
fn free_value(column: &Column, unique: &Unique, wanted: &str, reading: &Reading) -> Option<String> {
    if column.nullable && !unique.nulls_not_distinct {
        return Some("NULL".to_owned());
    }
    let below = || {
        let (table, name) = (sql::table(&reading.table), quote(&column.name));
        format!(
            "LEAST(0, (SELECT min({name}) FROM {table}), (SELECT min({name}) FROM {wanted})) - 1 - r.number"
        )
    };
    Some(match column.key_type? {
        KeyType::Integer | KeyType::Unsigned | KeyType::Decimal => below(),
        // A control character stands in no text that people give, and few digits fit into short columns.
        KeyType::Text => "chr(1) || to_hex(r.number)".to_owned(),
        KeyType::Bytes => "decode(md5('parked' || r.number::text), 'hex')".to_owned(),
        KeyType::Uuid => "gen_random_uuid()".to_owned(),
        KeyType::Date => "date '4000-01-01' + r.number::integer".to_owned(),
        KeyType::DateTime => "timestamp '4000-01-01' + r.number * interval '1 second'".to_owned(),
        KeyType::Moment => {
            "timestamptz '4000-01-01 00:00:00+00' + r.number * interval '1 second'".to_owned()
        }
        KeyType::Boolean => return None,
    })
}

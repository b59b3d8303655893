//! Conditions in words.

use migration_sql::{Condition, Probe};

use super::columns::Then;
use crate::check::query::Value;

/// What is asked of the rows.
pub(super) fn rule(probe: &Probe) -> String {
    let table = &probe.table;
    match &probe.condition {
        Condition::NotNull { column } => format!("NOT NULL of {table}.{column}"),
        Condition::Unique { keys, .. } => format!("UNIQUE ({}) of {table}", keys.join(", ")),
        Condition::Check { expression } => format!("CHECK ({expression}) of {table}"),
        Condition::ForeignKey {
            columns,
            referenced,
            ..
        } => format!(
            "the foreign key of {table} ({}) to {referenced}",
            columns.join(", ")
        ),
        Condition::TypeChange {
            column, data_type, ..
        } => format!("the type {data_type} of {table}.{column}"),
        Condition::Validate { constraint } => format!("{constraint} of {table}"),
        Condition::Untested { what } => format!("{what} of {table}"),
    }
}

/// That rows are in the way.
pub(super) fn violated(probe: &Probe, new: &[Then]) -> String {
    let table = &probe.table;
    match &probe.condition {
        Condition::NotNull { column } if is_new(column, new) => {
            format!("{table}.{column} is new, NOT NULL and without a default, and {table} has rows")
        }
        Condition::NotNull { column } => format!("{table}.{column} is NULL in rows"),
        Condition::Unique {
            keys, is_primary, ..
        } => {
            let or = if *is_primary { ", or NULL there" } else { "" };
            format!("rows of {table} are equal in ({}){or}", keys.join(", "))
        }
        Condition::Check { expression } => {
            format!("rows of {table} do not fulfil CHECK ({expression})")
        }
        Condition::ForeignKey {
            columns,
            referenced,
            ..
        } => format!(
            "rows of {table} point by ({}) to rows that {referenced} does not have",
            columns.join(", ")
        ),
        Condition::TypeChange { .. } | Condition::Validate { .. } | Condition::Untested { .. } => {
            format!("rows are in the way of {}", rule(probe))
        }
    }
}

/// What to do about it.
pub(super) fn help(probe: &Probe, new: &[Then]) -> Option<&'static str> {
    match &probe.condition {
        Condition::NotNull { column } if is_new(column, new) => Some(
            "give it a default, or add it without NOT NULL, fill it, and set NOT NULL then: `write` does so with \
             --backfill TABLE.COLUMN=EXPRESSION",
        ),
        Condition::NotNull { .. } => Some("fill these rows in a statement before"),
        Condition::Unique { .. } => {
            Some("make these rows differ, or delete some, in a statement before")
        }
        Condition::Check { .. } | Condition::ForeignKey { .. } => Some(
            "put these rows right in a statement before, or add it NOT VALID, which lets the rows be that are there",
        ),
        Condition::TypeChange { .. } => {
            Some("put these values right in a statement before, or convert them with USING")
        }
        Condition::Validate { .. } | Condition::Untested { .. } => None,
    }
}

fn is_new(column: &str, columns: &[Then]) -> bool {
    columns.iter().any(|then| {
        then.column.name == column
            && matches!(&then.column.value, Value::New(added) if added.value.is_none())
    })
}

//! Columns that `ALTER TABLE` adds and changes.

use squawk_syntax::ast::{
    AddColumn, AlterColumn, AlterColumnOption, AstNode, CallExpr, Constraint, GeneratedAs,
    NameLike, Type,
};

use super::read::{sql, within};
use super::{Facts, constraint};
use crate::{Added, Condition, LockLevel, Name, Probe};

/// The lock of a change of a column.
pub(super) fn level(alter: &AlterColumn) -> LockLevel {
    match alter.option() {
        Some(
            AlterColumnOption::SetStatistics(_)
            | AlterColumnOption::SetOptions(_)
            | AlterColumnOption::SetOptionsList(_)
            | AlterColumnOption::ResetOptions(_),
        ) => LockLevel::ShareUpdateExclusive,
        _ => LockLevel::AccessExclusive,
    }
}

/// The types that bring a sequence of their own along.
const SERIAL: [&str; 6] = [
    "serial",
    "bigserial",
    "smallserial",
    "serial2",
    "serial4",
    "serial8",
];

/// The column as the rows that are there will have it.
pub(super) fn added(add: &AddColumn) -> Option<Added> {
    let column = add.column_name()?.text();
    let written = add.ty().map_or_else(String::new, |ty| sql(ty.syntax()));
    let is_serial = SERIAL.contains(&written.to_ascii_lowercase().as_str());
    let value = if is_serial {
        Some("row_number() OVER ()".to_owned())
    } else {
        add.constraints().find_map(|constraint| value(&constraint))
    };
    let data_type = if is_serial {
        "bigint".to_owned()
    } else {
        written
    };
    Some(Added {
        column,
        data_type,
        value,
    })
}

/// What a default or a generation puts into every row; numbers of an identity are told apart, and no more.
fn value(constraint: &Constraint) -> Option<String> {
    match constraint {
        Constraint::DefaultConstraint(default) => {
            let expression = sql(default.expr()?.syntax());
            (!expression.eq_ignore_ascii_case("null")).then_some(expression)
        }
        Constraint::GeneratedConstraint(generated) => match generated.generated_as()? {
            GeneratedAs::GeneratedIdentity(_) => Some("row_number() OVER ()".to_owned()),
            GeneratedAs::GeneratedStored(stored) => Some(sql(stored.expr()?.syntax())),
        },
        _ => None,
    }
}

/// What adding a column does to the rows.
pub(super) fn add(facts: &mut Facts, table: &Name, add: &AddColumn) {
    let Some(column) = add.column_name().map(|column| column.text()) else {
        return;
    };
    facts.rewrites |= writes_rows(add);
    facts.scans |= facts.rewrites;
    for part in add.constraints() {
        constraint::of_column(facts, table, &column, &part);
    }
}

/// A constant default is kept in the catalog; anything that differs from row to row is written into each.
fn writes_rows(add: &AddColumn) -> bool {
    let is_serial = add
        .ty()
        .is_some_and(|ty| SERIAL.contains(&sql(ty.syntax()).to_ascii_lowercase().as_str()));
    is_serial
        || add.constraints().any(|constraint| match &constraint {
            Constraint::GeneratedConstraint(_) => true,
            Constraint::DefaultConstraint(default) => {
                within::<CallExpr>(default.syntax()).any(|call| is_volatile(&call))
            }
            _ => false,
        })
}

/// Functions that give one value throughout a statement, so that a column's default stays in the catalog.
const STABLE: [&str; 12] = [
    "now",
    "transaction_timestamp",
    "statement_timestamp",
    "current_setting",
    "current_database",
    "lower",
    "upper",
    "md5",
    "make_interval",
    "jsonb_build_object",
    "jsonb_build_array",
    "array_fill",
];

fn is_volatile(call: &CallExpr) -> bool {
    let text = sql(call.syntax()).to_ascii_lowercase();
    let name = text.split('(').next().unwrap_or_default().trim();
    !STABLE.contains(&name.trim_start_matches("pg_catalog."))
}

/// What changing a column does to the rows.
pub(super) fn alter(facts: &mut Facts, table: &Name, alter: &AlterColumn) {
    let Some(column) = alter.column_name_ref().map(|column| column.text()) else {
        return;
    };
    let condition = match alter.option() {
        Some(AlterColumnOption::SetNotNull(_)) => Condition::NotNull { column },
        Some(AlterColumnOption::SetType(set)) => {
            facts.rewrites = true;
            Condition::TypeChange {
                column,
                data_type: set
                    .ty()
                    .map_or_else(String::new, |ty: Type| sql(ty.syntax())),
                using: set
                    .using_expr()
                    .and_then(|using| using.expr())
                    .map(|expression| sql(expression.syntax())),
            }
        }
        Some(AlterColumnOption::SetExpression(_)) => {
            (facts.rewrites, facts.scans) = (true, true);
            return;
        }
        _ => return,
    };
    facts.scans = true;
    let probe = Probe {
        table: table.clone(),
        added: added_before(facts, table),
        condition,
    };
    facts.probes.push(probe);
}

/// The columns that the statement adds to `table`.
pub(super) fn added_before(facts: &Facts, table: &Name) -> Vec<Added> {
    facts
        .adds
        .iter()
        .filter(|(name, _)| name == table)
        .map(|(_, added)| added.clone())
        .collect()
}

//! `NOT NULL` on columns of tables that are used.
//!
//! `SET NOT NULL` looks at every row while nobody may read or write the table. A check constraint that has looked at them
//! already, while everybody could, spares it that.
//!
//! **Source**: PostgreSQL's documentation, `ALTER TABLE … SET NOT NULL`.

use postgres_client::quote_identifier;
use schema_catalog::{Constraint, ConstraintKind, QualifiedName};

use crate::column::{alter, edit};
use crate::constraint::{self, modified};
use crate::plan::Plan;
use crate::refusal::UnusableAnswer;
use crate::script::Mode;

/// PostgreSQL cuts longer names.
const LONGEST_NAME_BYTES: usize = 63;

/// New rows have to have a value from here on, where no value is given for those that exist.
pub(crate) fn begin(plan: &mut Plan<'_>) {
    for (table, name) in pending(plan) {
        if !plan.backfills.contains_key(&(table.clone(), name.clone())) {
            plan.notes.push(format!(
                "column {table}.{name} becomes required: rows without a value stop the migration that looks at them; give them one with --backfill"
            ));
            check(plan, &table, &name);
        }
    }
}

/// Gives existing rows their values. The checks come after all of them, for each locks its table to the end of the file.
pub(crate) fn fill(plan: &mut Plan<'_>) {
    let mut filled = Vec::new();
    for (table, name) in pending(plan) {
        let Some(update) = update(plan, &table, &name) else {
            continue;
        };
        plan.filled.insert((table.clone(), name.clone()));
        if filled.is_empty() && plan.is_safe {
            plan.open(Some("backfill"), Mode::Transaction);
        }
        plan.step(
            format!(
                "fill column {} of table: {}",
                quote_identifier(&name),
                crate::name::shown(&table)
            ),
            vec![update],
            Vec::new(),
        );
        filled.push((table, name));
    }
    for (table, name) in filled {
        if plan.is_careful_with(&table) {
            check(plan, &table, &name);
        } else {
            plan.step(
                modified(&table),
                vec![alter(&table, &name, "SET NOT NULL")],
                vec![alter(&table, &name, "DROP NOT NULL")],
            );
            edit(plan, &table, &name, |column| column.is_required = true);
        }
    }
}

/// Makes columns required whose rows a check looks at. All rows are looked at before the first column becomes required, for that locks its
/// table to the end of the file.
pub(crate) fn finish(plan: &mut Plan<'_>) {
    let mut looked_at = Vec::new();
    for ((table, name), check) in std::mem::take(&mut plan.requiring) {
        let taken = plan
            .state
            .tables
            .get_mut(&table)
            .and_then(|table| table.constraints.remove(&check));
        let Some(taken) = taken else {
            continue;
        };
        // Rows that came while the others got their values.
        let mut up: Vec<_> = update(plan, &table, &name).into_iter().collect();
        up.push(format!(
            "ALTER TABLE {} VALIDATE CONSTRAINT {}",
            table.quoted(),
            quote_identifier(&check)
        ));
        // The way back of the next steps makes the check as it was before.
        plan.step(modified(&table), up, Vec::new());
        looked_at.push((table, name, check, taken));
    }
    for (table, name, check, taken) in looked_at {
        let up = vec![
            alter(&table, &name, "SET NOT NULL"),
            constraint::drop(&table, &check),
        ];
        let mut down = vec![alter(&table, &name, "DROP NOT NULL")];
        down.extend(constraint::make(&table, &check, &taken));
        plan.step(modified(&table), up, down);
        edit(plan, &table, &name, |column| column.is_required = true);
    }
}

/// Columns that are to be required and are not yet.
fn pending(plan: &Plan<'_>) -> Vec<(QualifiedName, String)> {
    let mut found = Vec::new();
    for (name, table) in &plan.state.tables {
        let Some(wanted) = plan.wanted.tables.get(name) else {
            continue;
        };
        for (part, column) in &table.columns {
            let wanted = wanted.columns.get(part);
            if wanted.is_some_and(|wanted| wanted.is_required && !column.is_required) {
                found.push((name.clone(), part.clone()));
            }
        }
    }
    found
}

fn update(plan: &Plan<'_>, table: &QualifiedName, name: &str) -> Option<String> {
    let expression = plan.backfills.get(&(table.clone(), name.to_owned()))?;
    let quoted = quote_identifier(name);
    Some(format!(
        "UPDATE {} SET {quoted} = {expression} WHERE {quoted} IS NULL",
        table.quoted()
    ))
}

/// Adds the check that looks at new rows only.
fn check(plan: &mut Plan<'_>, table: &QualifiedName, name: &str) {
    let mut check = format!("{}_{name}_not_null", table.name);
    check.truncate(check.floor_char_boundary(LONGEST_NAME_BYTES));
    let constraint = Constraint {
        kind: ConstraintKind::Check,
        definition: format!("CHECK ({} IS NOT NULL) NOT VALID", quote_identifier(name)),
        columns: vec![name.to_owned()],
        references: None,
        comment: None,
    };
    plan.step(
        modified(table),
        constraint::make(table, &check, &constraint),
        vec![constraint::drop(table, &check)],
    );
    if let Some(table) = plan.state.tables.get_mut(table) {
        table.constraints.insert(check.clone(), constraint);
    }
    plan.requiring
        .insert((table.clone(), name.to_owned()), check);
}

/// Values that were given for columns that do not become required.
pub(crate) fn unused(plan: &Plan<'_>) -> Vec<UnusableAnswer> {
    let unused = plan
        .backfills
        .keys()
        .filter(|key| !plan.filled.contains(*key));
    unused
        .map(|(table, name)| UnusableAnswer {
            words: format!("--backfill {table}.{name}"),
            why: "the column does not become required in a table that is there".to_owned(),
        })
        .collect()
}

//! Columns of tables that are there become what they are to be.

use std::collections::BTreeSet;

use postgres_client::quote_identifier;
use schema_catalog::{Catalog, Column, Generation, ObjectKind, QualifiedName};

use super::{alter, drop, edit, make, typed};
use crate::constraint::modified;
use crate::name::part;
use crate::plan::Plan;
use crate::refusal::Unsupported;
use crate::{data_type, identity, removal, sequence};

/// Makes the columns of a table that is there what they are to be; they become required later where that is safer.
pub(crate) fn change(plan: &mut Plan<'_>, table: &QualifiedName) {
    let wanted = plan.wanted;
    let Some(target) = wanted.tables.get(table) else {
        return;
    };
    for name in &target.order {
        let after = &target.columns[name];
        let before = plan
            .state
            .tables
            .get(table)
            .and_then(|table| table.columns.get(name));
        match before {
            None => add(plan, table, name, after),
            Some(before) if before != after => change_one(plan, table, name, after),
            Some(_) => {}
        }
    }
}

fn add(plan: &mut Plan<'_>, table: &QualifiedName, name: &str, wanted: &Column) {
    let mut column = wanted.clone();
    let is_given = column.default.is_none() && column.generation == Generation::None;
    let key = (table.clone(), name.to_owned());
    if column.is_required
        && is_given
        && (plan.is_careful_with(table) || plan.backfills.contains_key(&key))
    {
        column.is_required = false;
    }
    if column.is_required && is_given {
        plan.notes.push(format!(
            "column {table}.{name} is new, required and has no default: it can only be added while the table has no rows"
        ));
    }
    let mut made = Catalog::default();
    for (sequence, numbers) in sequence::owned(plan.wanted, table, Some(name)) {
        if !plan.state.sequences.contains_key(sequence) {
            made.sequences.insert(sequence.clone(), numbers.clone());
        }
    }
    let holder = made.tables.entry(table.clone()).or_default();
    holder.columns.insert(name.to_owned(), column.clone());
    plan.step(
        modified(table),
        make(&made, table, name),
        vec![drop(table, name)],
    );
    plan.state.sequences.append(&mut made.sequences);
    if let Some(table) = plan.state.tables.get_mut(table) {
        table.columns.insert(name.to_owned(), column);
        table.order.push(name.to_owned());
    }
}

fn change_one(plan: &mut Plan<'_>, table: &QualifiedName, name: &str, after: &Column) {
    stop_generating(plan, table, name, after);
    let now = |plan: &Plan<'_>| plan.state.tables[table].columns[name].clone();
    let before = now(plan);
    if before.is_required && !after.is_required {
        set_required(plan, table, name, false);
    }
    if typed(&before) != typed(after) {
        retype(plan, table, name, after);
    }
    let before = now(plan);
    if before.default != after.default {
        let clause = |default: &Option<String>| match default {
            Some(default) => alter(table, name, &format!("SET DEFAULT {default}")),
            None => alter(table, name, "DROP DEFAULT"),
        };
        let (up, down) = (clause(&after.default), clause(&before.default));
        plan.step(modified(table), vec![up], vec![down]);
        edit(plan, table, name, |column| {
            column.default.clone_from(&after.default);
        });
    }
    let must_be_now =
        matches!(after.generation, Generation::Identity(_)) || !plan.is_careful_with(table);
    let waits_for_rows = plan
        .backfills
        .contains_key(&(table.clone(), name.to_owned()));
    if !before.is_required && after.is_required && must_be_now && !waits_for_rows {
        set_required(plan, table, name, true);
    }
    identity::change(plan, table, name, after);
}

/// A column whose values came about by themselves, and don't any more, keeps them.
fn stop_generating(plan: &mut Plan<'_>, table: &QualifiedName, name: &str, after: &Column) {
    let before = &plan.state.tables[table].columns[name];
    let is_kept = matches!(after.generation, Generation::None | Generation::Identity(_));
    if !is_kept || !matches!(before.generation, Generation::Stored(_)) {
        return;
    }
    let column = part(ObjectKind::Column, table, name);
    // The way back has to make the column anew, with all that reads it.
    let around = removal::around(plan, BTreeSet::from([column]), &BTreeSet::new());
    plan.step(
        modified(table),
        vec![alter(table, name, "DROP EXPRESSION")],
        [around.drop, around.make].concat(),
    );
    edit(plan, table, name, |column| {
        column.generation = Generation::None;
    });
}

fn retype(plan: &mut Plan<'_>, table: &QualifiedName, name: &str, after: &Column) {
    let before = plan.state.tables[table].columns[name].clone();
    let is_possible = |before: &Column, after: &Column| {
        data_type::is_convertible(&plan.state, &before.data_type, &after.data_type)
    };
    if !is_possible(&before, after) || !is_possible(after, &before) {
        plan.unsupported.push(Unsupported {
            object: format!("column {table}.{name}"),
            why: format!(
                "PostgreSQL has no cast from {} to {} and back: add a column of the new type, fill it, and drop this one",
                before.data_type, after.data_type
            ),
        });
    }
    let up = retyping(&plan.state, table, name, &before, after);
    let down = retyping(&plan.state, table, name, after, &before);
    plan.step(modified(table), vec![up], vec![down]);
    if before.data_type != after.data_type
        && !data_type::keeps_rows(&before.data_type, &after.data_type)
    {
        plan.notes.push(format!(
            "column {table}.{name} becomes {}: every row is written anew, and nobody reads or writes the table meanwhile",
            after.data_type
        ));
    }
    edit(plan, table, name, |column| {
        column.data_type.clone_from(&after.data_type);
        column.collation.clone_from(&after.collation);
        column.default.clone_from(&after.default);
        if let Generation::Identity(identity) = &mut column.generation {
            identity.sequence = sequence::retyped(&identity.sequence, &after.data_type);
        }
    });
}

/// One statement, so that the rows are written once. The server would make of the default what it can, so that it is set
/// again.
fn retyping(
    catalog: &Catalog,
    table: &QualifiedName,
    name: &str,
    before: &Column,
    after: &Column,
) -> String {
    let quoted = quote_identifier(name);
    let mut clauses = Vec::new();
    if before.default.is_some() {
        clauses.push(format!("ALTER COLUMN {quoted} DROP DEFAULT"));
    }
    let using = data_type::conversion(catalog, &quoted, &before.data_type, &after.data_type);
    let using = using.map_or_else(String::new, |using| format!(" USING {using}"));
    clauses.push(format!(
        "ALTER COLUMN {quoted} TYPE {}{using}",
        typed(after)
    ));
    if let Some(default) = &after.default {
        clauses.push(format!("ALTER COLUMN {quoted} SET DEFAULT {default}"));
    }
    format!("ALTER TABLE {} {}", table.quoted(), clauses.join(", "))
}

fn set_required(plan: &mut Plan<'_>, table: &QualifiedName, name: &str, is_required: bool) {
    let clause = |is_required| {
        alter(
            table,
            name,
            if is_required {
                "SET NOT NULL"
            } else {
                "DROP NOT NULL"
            },
        )
    };
    plan.step(
        modified(table),
        vec![clause(is_required)],
        vec![clause(!is_required)],
    );
    edit(plan, table, name, |column| column.is_required = is_required);
}

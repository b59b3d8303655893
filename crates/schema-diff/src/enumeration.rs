//! Types of named values.

use std::collections::{BTreeMap, BTreeSet};

use postgres_client::quote_identifier;
use schema_catalog::{Catalog, Enumeration, Generation, ObjectId, ObjectKind, QualifiedName};

use crate::name::{literal, shown, whole};
use crate::plan::Plan;
use crate::{comment, removal};

/// The statements that make it.
pub(crate) fn make(name: &QualifiedName, enumeration: &Enumeration) -> Vec<String> {
    let mut statements = vec![create(name, &enumeration.labels)];
    let quoted = name.quoted();
    statements.extend(comment::made("TYPE", &quoted, enumeration.comment.as_ref()));
    statements
}

pub(crate) fn drop(name: &QualifiedName) -> String {
    format!("DROP TYPE {}", name.quoted())
}

fn create(name: &QualifiedName, labels: &[String]) -> String {
    let labels: Vec<_> = labels.iter().map(|label| literal(label)).collect();
    format!(
        "CREATE TYPE {} AS ENUM ({})",
        name.quoted(),
        labels.join(", ")
    )
}

/// A new type.
pub(crate) fn add(plan: &mut Plan<'_>, name: &QualifiedName) {
    let enumeration = plan.wanted.enumerations[name].clone();
    plan.step(
        format!("create {} enum", shown(name)),
        make(name, &enumeration),
        vec![drop(name)],
    );
    plan.state.enumerations.insert(name.clone(), enumeration);
}

/// New values of types that keep all theirs in their order.
pub(crate) fn add_values(plan: &mut Plan<'_>) {
    for (name, wanted) in &plan.wanted.enumerations {
        let Some(before) = plan.state.enumerations.get(name).cloned() else {
            continue;
        };
        if before.labels == wanted.labels || !is_extended(&before.labels, &wanted.labels) {
            continue;
        }
        let down = rebuild(plan, name, &before.labels);
        let up = additions(name, &before.labels, &wanted.labels);
        plan.step(format!("add values to {} enum", shown(name)), up, down);
        plan.notes.push(format!(
            "the way back makes enum {name} anew, and writes every row of the tables that use it; it stops where a row has a value that is no more"
        ));
        let is_new = |label: &&String| !before.labels.contains(*label);
        plan.new_values.extend(
            wanted
                .labels
                .iter()
                .filter(is_new)
                .map(|label| literal(label)),
        );
        set_labels(plan, name, &wanted.labels);
    }
}

/// The types that lose values or have them in another order.
pub(crate) fn rebuilt(state: &Catalog, wanted: &Catalog) -> BTreeSet<QualifiedName> {
    let known = state.enumerations.iter().filter(|(name, before)| {
        let after = wanted.enumerations.get(*name);
        after.is_some_and(|after| {
            before.labels != after.labels && !is_extended(&before.labels, &after.labels)
        })
    });
    known.map(|(name, _)| name.clone()).collect()
}

/// Makes types anew that lose values or have them in another order.
pub(crate) fn change_values(plan: &mut Plan<'_>) {
    for name in rebuilt(&plan.state, plan.wanted) {
        let before = plan.state.enumerations[&name].labels.clone();
        let after = &plan.wanted.enumerations[&name].labels;
        let up = rebuild(plan, &name, after);
        let down = rebuild(plan, &name, &before);
        plan.step(format!("modify {} enum", shown(&name)), up, down);
        plan.notes.push(format!(
            "enum {name} is made anew: every row of the tables that use it is written, and nobody reads or writes them meanwhile; it stops where a row has a value that is no more"
        ));
        set_labels(plan, &name, after);
    }
}

fn set_labels(plan: &mut Plan<'_>, name: &QualifiedName, labels: &[String]) {
    if let Some(enumeration) = plan.state.enumerations.get_mut(name) {
        labels.clone_into(&mut enumeration.labels);
    }
}

/// Whether `after` is `before` with more values anywhere.
fn is_extended(before: &[String], after: &[String]) -> bool {
    let mut kept = after.iter().filter(|label| before.contains(label));
    before.iter().all(|label| kept.next() == Some(label))
}

fn additions(name: &QualifiedName, before: &[String], after: &[String]) -> Vec<String> {
    let mut statements = Vec::new();
    for (index, label) in after.iter().enumerate() {
        if before.contains(label) {
            continue;
        }
        let place = match (
            index.checked_sub(1),
            before.first(),
            after[index..].iter().any(|later| before.contains(later)),
        ) {
            (Some(previous), _, true) => format!(" AFTER {}", literal(&after[previous])),
            (None, Some(first), true) => format!(" BEFORE {}", literal(first)),
            _ => String::new(),
        };
        statements.push(format!(
            "ALTER TYPE {} ADD VALUE {}{place}",
            name.quoted(),
            literal(label)
        ));
    }
    statements
}

/// The statements that make the type anew with `after` as its values around all that uses it in `state`.
fn rebuild(plan: &mut Plan<'_>, name: &QualifiedName, after: &[String]) -> Vec<String> {
    let columns = columns(&plan.state, name);
    let touched = columns
        .iter()
        .map(|(table, column, _)| crate::name::part(ObjectKind::Column, table, column))
        .collect();
    let users = users(&plan.state, name, &columns);
    let around = removal::around(plan, users, &touched);
    let aside = QualifiedName {
        schema: name.schema.clone(),
        name: format!("{}_before", name.name),
    };
    let mut statements = around.drop;
    statements.push(format!(
        "ALTER TYPE {} RENAME TO {}",
        name.quoted(),
        quote_identifier(&aside.name)
    ));
    statements.push(create(name, after));
    let said = plan
        .state
        .enumerations
        .get(name)
        .and_then(|known| known.comment.as_ref());
    statements.extend(comment::made("TYPE", &name.quoted(), said));
    let mut tables: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (table, column, is_list) in columns {
        let (quoted, list) = (quote_identifier(&column), if is_list { "[]" } else { "" });
        let of_type = format!("{}{list}", name.quoted());
        tables.entry(table).or_default().push(format!(
            "ALTER COLUMN {quoted} TYPE {of_type} USING {quoted}::text{list}::{of_type}"
        ));
    }
    for (table, clauses) in tables {
        statements.push(format!(
            "ALTER TABLE {} {}",
            table.quoted(),
            clauses.join(", ")
        ));
    }
    statements.push(drop(&aside));
    statements.extend(around.make);
    statements
}

/// The columns of the type, and whether they are lists of it.
fn columns(state: &Catalog, name: &QualifiedName) -> Vec<(QualifiedName, String, bool)> {
    let mut columns = Vec::new();
    for dependency in &state.dependencies {
        let dependent = &dependency.dependent;
        if dependency.needed != whole(ObjectKind::Enumeration, name)
            || dependent.kind != ObjectKind::Column
        {
            continue;
        }
        let table = state.tables.get(&dependent.name);
        if let Some(column) = table.and_then(|table| table.columns.get(&dependent.part)) {
            let is_list = column.data_type.ends_with("[]");
            columns.push((dependent.name.clone(), dependent.part.clone(), is_list));
        }
    }
    columns
}

/// What can't stay while the columns change to another type of the same name.
fn users(
    state: &Catalog,
    name: &QualifiedName,
    columns: &[(QualifiedName, String, bool)],
) -> BTreeSet<ObjectId> {
    let itself = whole(ObjectKind::Enumeration, name);
    let mut users: BTreeSet<_> = state
        .dependencies
        .iter()
        .filter(|dependency| {
            dependency.needed == itself && dependency.dependent.kind != ObjectKind::Column
        })
        .map(|dependency| dependency.dependent.clone())
        .collect();
    for (table, column, _) in columns {
        users.extend(of_column(state, table, column));
    }
    users.retain(|id| crate::name::exists(state, id));
    // The default of a generated column is the column.
    users
        .into_iter()
        .map(|id| {
            let is_generated = id.kind == ObjectKind::Default
                && !matches!(
                    state.tables[&id.name].columns[&id.part].generation,
                    Generation::None | Generation::Identity(_)
                );
            let kind = if is_generated {
                ObjectKind::Column
            } else {
                id.kind
            };
            ObjectId { kind, ..id }
        })
        .collect()
}

/// The default of the column, and the foreign keys it is part of: their two sides must be of one type at every moment.
fn of_column(state: &Catalog, table: &QualifiedName, column: &str) -> BTreeSet<ObjectId> {
    let mut found = BTreeSet::new();
    if state.tables[table].columns[column].default.is_some() {
        found.insert(crate::name::part(ObjectKind::Default, table, column));
    }
    found.extend(crate::constraint::foreign_keys_of(state, table, column));
    found
}

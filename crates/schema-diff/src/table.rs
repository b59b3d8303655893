//! Tables as a whole.

use postgres_client::quote_identifier;
use schema_catalog::{Catalog, ConstraintKind, QualifiedName, Table};

use crate::name::{options, shown};
use crate::plan::Plan;
use crate::{column, comment, constraint, index, sequence, trigger};

/// The statements that make the table with all that `catalog` says of it.
pub(crate) fn make_whole(catalog: &Catalog, name: &QualifiedName) -> Vec<String> {
    let Some(table) = catalog.tables.get(name) else {
        return Vec::new();
    };
    let mut statements = make(catalog, name, table);
    for (part, index) in &table.indexes {
        statements.extend(index::make(name, part, index));
    }
    for (part, trigger) in &table.triggers {
        statements.extend(trigger::make(name, part, trigger));
    }
    statements
}

/// The statements that make `table` with its columns, constraints and comments and the sequences it owns in `catalog`;
/// not its indexes and triggers.
fn make(catalog: &Catalog, name: &QualifiedName, table: &Table) -> Vec<String> {
    let owned = sequence::owned(catalog, name, None);
    let mut statements = Vec::new();
    for (sequence, numbers) in &owned {
        statements.extend(sequence::make(sequence, numbers));
    }
    statements.push(create(name, table));
    for (sequence, numbers) in owned {
        statements.push(sequence::own(sequence, numbers.owner.as_ref()));
    }
    let quoted = name.quoted();
    statements.extend(comment::made("TABLE", &quoted, table.comment.as_ref()));
    for part in &table.order {
        let said = table
            .columns
            .get(part)
            .and_then(|column| column.comment.as_ref());
        statements.extend(comment::made(
            "COLUMN",
            &comment::of_column(name, part),
            said,
        ));
    }
    for (part, constraint) in &table.constraints {
        statements.extend(constraint::say(name, part, constraint));
    }
    statements
}

fn create(name: &QualifiedName, table: &Table) -> String {
    let columns = table
        .order
        .iter()
        .filter_map(|part| Some(column::definition(part, table.columns.get(part)?)));
    let mut constraints: Vec<_> = table.constraints.iter().collect();
    constraints.sort_by_key(|(part, constraint)| (constraint.kind, *part));
    let constraints = constraints.into_iter().map(|(part, constraint)| {
        format!(
            "CONSTRAINT {} {}",
            quote_identifier(part),
            constraint.definition
        )
    });
    let unlogged = if table.is_unlogged { "UNLOGGED " } else { "" };
    let parts: Vec<_> = columns.chain(constraints).collect();
    let with = if table.options.is_empty() {
        String::new()
    } else {
        format!(" WITH ({})", options(&table.options))
    };
    format!(
        "CREATE {unlogged}TABLE {} ({}){with}",
        name.quoted(),
        parts.join(", ")
    )
}

/// A new table; its foreign keys to tables that are not there yet follow, as do indexes and triggers.
pub(crate) fn add(plan: &mut Plan<'_>, name: &QualifiedName) {
    let wanted = plan.wanted;
    let mut table = wanted.tables[name].clone();
    table.indexes.clear();
    table.triggers.clear();
    table.constraints.retain(|part, constraint| {
        constraint.kind != ConstraintKind::ForeignKey
            || constraint.references.as_ref() == Some(name)
            || constraint::has_target(plan, name, part)
    });
    let mut made = Catalog::default();
    for (sequence, numbers) in sequence::owned(wanted, name, None) {
        if !plan.state.sequences.contains_key(sequence) {
            made.sequences.insert(sequence.clone(), numbers.clone());
        }
    }
    plan.step(
        format!("create {} table", shown(name)),
        make(&made, name, &table),
        vec![format!("DROP TABLE {}", name.quoted())],
    );
    plan.fresh.insert(name.clone());
    plan.state.sequences.append(&mut made.sequences);
    plan.state.tables.insert(name.clone(), table);
}

/// What is neither a column nor any other part: `UNLOGGED`, and storage parameters.
pub(crate) fn alter(plan: &mut Plan<'_>, name: &QualifiedName) {
    let (Some(before), Some(after)) = (plan.state.tables.get(name), plan.wanted.tables.get(name))
    else {
        return;
    };
    let quoted = name.quoted();
    let mut changes = Vec::new();
    if before.is_unlogged != after.is_unlogged {
        let set = |is_unlogged| {
            let how = if is_unlogged { "UNLOGGED" } else { "LOGGED" };
            vec![format!("ALTER TABLE {quoted} SET {how}")]
        };
        changes.push((set(after.is_unlogged), set(before.is_unlogged)));
        plan.notes.push(format!(
            "table {name} is written anew when it becomes {}; nobody reads or writes it meanwhile",
            if after.is_unlogged {
                "unlogged"
            } else {
                "logged"
            }
        ));
    }
    if before.options != after.options {
        let head = format!("ALTER TABLE {quoted}");
        changes.push((
            change_options(&head, &before.options, &after.options),
            change_options(&head, &after.options, &before.options),
        ));
    }
    for (up, down) in changes {
        plan.step(format!("modify {} table", shown(name)), up, down);
    }
    if let Some(table) = plan.state.tables.get_mut(name) {
        table.is_unlogged = after.is_unlogged;
        table.options.clone_from(&after.options);
    }
}

/// The statements that take the options that are gone and set those that are new or other.
pub(crate) fn change_options(head: &str, before: &[String], after: &[String]) -> Vec<String> {
    let key = |option: &String| option.split('=').next().unwrap_or_default().to_owned();
    let kept: Vec<_> = after.iter().map(key).collect();
    let gone: Vec<_> = before
        .iter()
        .map(key)
        .filter(|key| !kept.contains(key))
        .collect();
    let set: Vec<_> = after
        .iter()
        .filter(|option| !before.contains(option))
        .cloned()
        .collect();
    let mut statements = Vec::new();
    if !gone.is_empty() {
        statements.push(format!("{head} RESET ({})", gone.join(", ")));
    }
    if !set.is_empty() {
        statements.push(format!("{head} SET ({})", options(&set)));
    }
    statements
}

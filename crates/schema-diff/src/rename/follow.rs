//! The picture after a rename.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use postgres_client::quote_identifier;
use schema_catalog::{
    Catalog, ConstraintKind, Generation, ObjectId, ObjectKind, QualifiedName, Table,
};

use super::rewrite::{column_in, column_in_brackets, column_in_trigger, qualified_in, sequence_in};
use super::{Found, renamed};
use crate::name::literal;

/// Renames `found` wherever `state` names it.
pub(super) fn follow(state: &mut Catalog, found: &Found, after: &str) {
    match found {
        Found::Table(name) => table(state, name, after),
        Found::Enumeration(name) => enumeration(state, name, after),
        Found::Sequence(name) => sequence(state, name, after),
        Found::Column(table, name) => column(state, table, name, after),
        Found::Constraint(table, name) => {
            let known = state.tables.get_mut(table);
            if let Some(known) = known {
                move_key(&mut known.constraints, name.as_str(), after);
            }
            rename_parts(state, table, name, after, &[ObjectKind::Constraint]);
        }
        Found::Index(table, name) => {
            if let Some(known) = state.tables.get_mut(table) {
                move_key(&mut known.indexes, name.as_str(), after);
                if let Some(index) = known.indexes.get_mut(after) {
                    let (head, rest) = index.definition.split_once(" ON ").unwrap_or_default();
                    let kind = head
                        .split(' ')
                        .take_while(|word| *word != "INDEX")
                        .chain(["INDEX"]);
                    let kind: Vec<_> = kind.collect();
                    index.definition =
                        format!("{} {} ON {rest}", kind.join(" "), quote_identifier(after));
                }
            }
            rename_parts(state, table, name, after, &[ObjectKind::Index]);
        }
        Found::Label(name, label) => {
            if let Some(known) = state.enumerations.get_mut(name) {
                for known in known.labels.iter_mut().filter(|known| *known == label) {
                    after.clone_into(known);
                }
            }
            let (before, after) = (literal(label), literal(after));
            each_text(state, |text| *text = label_in(text, name, &before, &after));
        }
    }
}

/// A value's constant where it is of the enum.
fn label_in(text: &str, name: &QualifiedName, before: &str, after: &str) -> String {
    let mut renamed = text.to_owned();
    for written in [name.to_string(), name.quoted()] {
        renamed = renamed.replace(
            &format!("{before}::{written}"),
            &format!("{after}::{written}"),
        );
    }
    renamed
}

fn column(state: &mut Catalog, name: &QualifiedName, before: &str, after: &str) {
    for (other, known) in &mut state.tables {
        let is_own = other == name;
        for constraint in known.constraints.values_mut() {
            let definition = &constraint.definition;
            constraint.definition = if constraint.kind == ConstraintKind::ForeignKey {
                let (near, far) = definition
                    .split_once(" REFERENCES ")
                    .unwrap_or((definition, ""));
                let is_target = constraint.references.as_ref() == Some(name);
                let near = if is_own {
                    column_in(near, before, after)
                } else {
                    near.to_owned()
                };
                let far = if is_target {
                    column_in_brackets(far, before, after)
                } else {
                    far.to_owned()
                };
                format!("{near} REFERENCES {far}")
            } else if is_own {
                column_in(definition, before, after)
            } else {
                continue;
            };
        }
        if is_own {
            own_column(known, before, after);
        }
    }
    for sequence in state.sequences.values_mut() {
        if let Some((owner, column)) = &mut sequence.owner
            && owner == name
            && column == before
        {
            after.clone_into(column);
        }
    }
    rename_parts(
        state,
        name,
        before,
        after,
        &[ObjectKind::Column, ObjectKind::Default],
    );
}

fn own_column(table: &mut Table, before: &str, after: &str) {
    move_key(&mut table.columns, before, after);
    let names = table
        .constraints
        .values_mut()
        .flat_map(|constraint| &mut constraint.columns);
    for name in names.chain(&mut table.order).filter(|name| *name == before) {
        after.clone_into(name);
    }
    for column in table.columns.values_mut() {
        if let Generation::Stored(expression) | Generation::Virtual(expression) =
            &mut column.generation
        {
            *expression = column_in(expression, before, after);
        }
    }
    for index in table.indexes.values_mut() {
        index.definition = column_in_brackets(&index.definition, before, after);
    }
    for trigger in table.triggers.values_mut() {
        trigger.definition = column_in_trigger(&trigger.definition, before, after);
    }
}

fn table(state: &mut Catalog, name: &QualifiedName, after: &str) {
    let new = renamed(name, after);
    for table in state.tables.values_mut() {
        for constraint in table.constraints.values_mut() {
            if constraint.references.as_ref() == Some(name) {
                constraint.references = Some(new.clone());
                constraint.definition = qualified_in(&constraint.definition, name, after);
            }
        }
    }
    if let Some(mut known) = state.tables.remove(name) {
        for index in known.indexes.values_mut() {
            index.definition = qualified_in(&index.definition, name, after);
        }
        for trigger in known.triggers.values_mut() {
            trigger.definition = qualified_in(&trigger.definition, name, after);
        }
        state.tables.insert(new.clone(), known);
    }
    for sequence in state.sequences.values_mut() {
        if let Some((owner, _)) = &mut sequence.owner
            && owner == name
        {
            *owner = new.clone();
        }
    }
    rename_ids(state, |id| {
        let is_other = matches!(
            id.kind,
            ObjectKind::Enumeration
                | ObjectKind::Sequence
                | ObjectKind::Function
                | ObjectKind::View
        );
        if id.name == *name && !is_other {
            id.name = new.clone();
        }
    });
}

fn enumeration(state: &mut Catalog, name: &QualifiedName, after: &str) {
    let new = renamed(name, after);
    move_key(&mut state.enumerations, name, &new);
    each_text(state, |text| *text = qualified_in(text, name, after));
    rename_ids(state, |id| {
        if id.kind == ObjectKind::Enumeration && id.name == *name {
            id.name = new.clone();
        }
    });
}

fn sequence(state: &mut Catalog, name: &QualifiedName, after: &str) {
    let new = renamed(name, after);
    move_key(&mut state.sequences, name, &new);
    for column in state
        .tables
        .values_mut()
        .flat_map(|table| table.columns.values_mut())
    {
        if let Some(default) = &mut column.default {
            *default = sequence_in(default, name, &new);
        }
    }
    rename_ids(state, |id| {
        if id.kind == ObjectKind::Sequence && id.name == *name {
            id.name = new.clone();
        }
    });
}

/// Texts that may name a type: of columns, constraints, indexes and triggers.
fn each_text(state: &mut Catalog, with: impl Fn(&mut String)) {
    for table in state.tables.values_mut() {
        for column in table.columns.values_mut() {
            with(&mut column.data_type);
            column.default.iter_mut().for_each(&with);
            if let Generation::Stored(expression) | Generation::Virtual(expression) =
                &mut column.generation
            {
                with(expression);
            }
        }
        table
            .constraints
            .values_mut()
            .for_each(|constraint| with(&mut constraint.definition));
        table
            .indexes
            .values_mut()
            .for_each(|index| with(&mut index.definition));
        table
            .triggers
            .values_mut()
            .for_each(|trigger| with(&mut trigger.definition));
    }
}

fn rename_parts(
    state: &mut Catalog,
    table: &QualifiedName,
    before: &str,
    after: &str,
    kinds: &[ObjectKind],
) {
    rename_ids(state, |id| {
        if id.name == *table && id.part == before && kinds.contains(&id.kind) {
            after.clone_into(&mut id.part);
        }
    });
}

fn rename_ids(state: &mut Catalog, with: impl Fn(&mut ObjectId)) {
    let dependencies = std::mem::take(&mut state.dependencies);
    let renamed: BTreeSet<_> = dependencies
        .into_iter()
        .map(|mut dependency| {
            with(&mut dependency.dependent);
            with(&mut dependency.needed);
            dependency
        })
        .collect();
    state.dependencies = renamed;
}

fn move_key<K, Q, V>(map: &mut BTreeMap<K, V>, before: &Q, after: &Q)
where
    K: Ord + Borrow<Q>,
    Q: Ord + ToOwned<Owned = K> + ?Sized,
{
    if let Some(value) = map.remove(before) {
        map.insert(after.to_owned(), value);
    }
}

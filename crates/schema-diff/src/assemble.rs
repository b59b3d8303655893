//! What is new or other, each after what it needs.

use std::collections::BTreeSet;

use schema_catalog::{ConstraintKind, ObjectId, ObjectKind};

use crate::name::{belongs, exists, function, function_name, part, whole};
use crate::order::needed_first;
use crate::plan::Plan;
use crate::{
    column, constraint, enumeration, function as functions, index, sequence, table, trigger, view,
};

/// How far tables that are used are changed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Without what takes an index to be built on them.
    WithoutIndexes,
    /// In everything.
    Whole,
}

/// Makes what is missing and changes what is other. What needs something that is not there yet waits for another time.
pub(crate) fn assemble(plan: &mut Plan<'_>, extent: Extent) {
    let mut nodes = missing(plan);
    let mut held: BTreeSet<_> = nodes
        .iter()
        .filter(|id| is_held(plan, id, extent))
        .cloned()
        .collect();
    nodes.retain(|id| !held.contains(id));
    wait(plan, &mut nodes, &mut held);
    for id in needed_first(plan.wanted, &nodes) {
        put(plan, &id);
        plan.adopt(&id);
    }
}

/// Sequences that have another owner now, or the one that was not there yet.
pub(crate) fn own_sequences(plan: &mut Plan<'_>) {
    let mut changes = Vec::new();
    for (name, sequence) in &mut plan.state.sequences {
        let Some(wanted) = plan.wanted.sequences.get(name) else {
            continue;
        };
        if sequence.owner != wanted.owner {
            changes.push((name.clone(), wanted, sequence.owner.clone()));
            sequence.owner.clone_from(&wanted.owner);
        }
    }
    for (name, wanted, before) in changes {
        let mut up = vec![sequence::own(&name, wanted.owner.as_ref())];
        if let Some((table, column)) = &wanted.owner
            && !plan.from.sequences.contains_key(&name)
        {
            let named = format!(
                "{}::pg_catalog.regclass",
                crate::name::literal(&name.quoted())
            );
            up.push(crate::identity::continue_after(
                &named,
                &table.quoted(),
                column,
                wanted,
            ));
        }
        let words = format!("modify {} sequence", crate::name::shown(&name));
        plan.step(words, up, vec![sequence::own(&name, before.as_ref())]);
    }
}

/// What `wanted` has and the schema so far has not, or not so.
fn missing(plan: &Plan<'_>) -> BTreeSet<ObjectId> {
    let (state, wanted) = (&plan.state, plan.wanted);
    let mut nodes = BTreeSet::new();
    let types = wanted
        .enumerations
        .keys()
        .filter(|name| !state.enumerations.contains_key(name));
    nodes.extend(types.map(|name| whole(ObjectKind::Enumeration, name)));
    for (name, after) in &wanted.sequences {
        let is_other = match state.sequences.get(name) {
            Some(before) => !sequence::changes(before, after).is_empty(),
            None => after.owner.as_ref().is_none_or(|(table, column)| {
                exists(state, &part(ObjectKind::Column, table, column))
            }),
        };
        if is_other {
            nodes.insert(whole(ObjectKind::Sequence, name));
        }
    }
    for (name, after) in &wanted.functions {
        let before = state.functions.get(name);
        if before.is_none_or(|before| before.definition != after.definition) {
            nodes.insert(function(name));
        }
    }
    for (name, after) in &wanted.views {
        if state
            .views
            .get(name)
            .is_none_or(|before| !view::is_same(before, after))
        {
            nodes.insert(whole(ObjectKind::View, name));
        }
    }
    missing_of_tables(plan, &mut nodes);
    nodes
}

fn missing_of_tables(plan: &Plan<'_>, nodes: &mut BTreeSet<ObjectId>) {
    for (name, after) in &plan.wanted.tables {
        let before = plan.state.tables.get(name);
        let has = |columns: bool, part: &String| {
            before.is_some_and(|before| {
                if columns {
                    before.constraints.contains_key(part)
                } else {
                    before.indexes.contains_key(part)
                }
            })
        };
        if before.is_none_or(|before| {
            before.columns != after.columns
                || before.options != after.options
                || before.is_unlogged != after.is_unlogged
        }) {
            nodes.insert(whole(ObjectKind::Table, name));
        }
        for (constraint, rule) in &after.constraints {
            let is_within = before.is_none() && rule.kind != ConstraintKind::ForeignKey;
            if !is_within && !has(true, constraint) {
                nodes.insert(part(ObjectKind::Constraint, name, constraint));
            }
        }
        let indexes = after.indexes.keys().filter(|index| !has(false, index));
        nodes.extend(indexes.map(|index| part(ObjectKind::Index, name, index)));
        let triggers = after
            .triggers
            .keys()
            .filter(|trigger| before.is_none_or(|before| !before.triggers.contains_key(*trigger)));
        nodes.extend(triggers.map(|trigger| part(ObjectKind::Trigger, name, trigger)));
    }
}

/// Whether building an index for it has to wait.
fn is_held(plan: &Plan<'_>, id: &ObjectId, extent: Extent) -> bool {
    if extent == Extent::Whole
        || !plan.state.tables.contains_key(&id.name)
        || !plan.is_careful_with(&id.name)
    {
        return false;
    }
    let kind = || plan.wanted.tables[&id.name].constraints[&id.part].kind;
    id.kind == ObjectKind::Index
        || (id.kind == ObjectKind::Constraint
            && matches!(kind(), ConstraintKind::PrimaryKey | ConstraintKind::Unique))
}

/// What needs something that is held is held too.
fn wait(plan: &Plan<'_>, nodes: &mut BTreeSet<ObjectId>, held: &mut BTreeSet<ObjectId>) {
    if held.is_empty() {
        return;
    }
    loop {
        let dependencies = plan.wanted.dependencies.iter();
        let waiting: BTreeSet<_> = dependencies
            .filter(|dependency| held.iter().any(|held| belongs(&dependency.needed, held)))
            .flat_map(|dependency| {
                nodes
                    .iter()
                    .filter(|node| belongs(&dependency.dependent, node))
            })
            .filter(|node| node.kind != ObjectKind::Table)
            .cloned()
            .collect();
        if waiting.is_empty() {
            return;
        }
        nodes.retain(|node| !waiting.contains(node));
        held.extend(waiting);
    }
}

fn put(plan: &mut Plan<'_>, id: &ObjectId) {
    let ObjectId { kind, name, part } = id;
    match kind {
        ObjectKind::Enumeration => enumeration::add(plan, name),
        ObjectKind::Sequence => sequence::put(plan, name),
        ObjectKind::Function => functions::put(plan, &function_name(id)),
        ObjectKind::View => view::put(plan, name),
        ObjectKind::Table if plan.state.tables.contains_key(name) => {
            table::alter(plan, name);
            column::change(plan, name);
        }
        ObjectKind::Table => table::add(plan, name),
        ObjectKind::Constraint if exists(&plan.state, id) => {}
        ObjectKind::Constraint => constraint::add(plan, name, part),
        ObjectKind::Index => index::add(plan, name, part),
        ObjectKind::Trigger => trigger::add(plan, name, part),
        ObjectKind::Column | ObjectKind::Default => {}
    }
}

//! What goes: first what stands in the way of changes, last what others rested on.

use std::collections::BTreeSet;

use schema_catalog::{Catalog, Generation, ObjectId, ObjectKind, QualifiedName, Table};

use crate::dependents::with_dependents;
use crate::name::{exists, function, part, whole};
use crate::plan::Plan;
use crate::removal::take_away;
use crate::{
    column, constraint, data_type, enumeration, function as functions, identity, index, sequence,
    view,
};

/// Takes away what is gone or has to be made anew, and all that depends on it. What enums, sequences and functions that
/// are gone were needed for may still use them: these go [last](release_rest).
pub(crate) fn release(plan: &mut Plan<'_>) {
    keep_sequences(plan);
    free_identities(plan);
    let (mut gone, touched) = (BTreeSet::new(), retyped(plan));
    for (name, before) in &plan.state.tables {
        match plan.wanted.tables.get(name) {
            None => {
                gone.insert(whole(ObjectKind::Table, name));
                plan.notes
                    .push(format!("table {name} is dropped with its rows"));
            }
            Some(after) => parts(plan, name, before, after, &mut gone),
        }
    }
    let lost = gone.iter().filter(|id| id.kind == ObjectKind::Column);
    let lost: Vec<_> = lost.map(|id| lost_column(plan, id)).collect();
    plan.notes.extend(lost);
    for (name, before) in &plan.state.views {
        let after = plan.wanted.views.get(name);
        if after.is_none_or(|after| !view::is_replaceable(before, after)) {
            gone.insert(whole(ObjectKind::View, name));
        }
    }
    for (name, before) in &plan.state.functions {
        let after = plan.wanted.functions.get(name);
        if after.is_some_and(|after| !functions::is_replaceable(before, after)) {
            gone.insert(function(name));
        }
    }
    gone.extend(foreign_keys(plan, &touched));
    gone.extend(others_around_enumerations(plan));
    let nodes = with_dependents(&plan.state, gone, &touched);
    take_away(plan, &nodes);
}

/// Takes away enums, sequences and functions that are gone, now that nothing uses them any more.
pub(crate) fn release_rest(plan: &mut Plan<'_>) {
    let (state, wanted) = (&plan.state, plan.wanted);
    let functions = state
        .functions
        .keys()
        .filter(|name| !wanted.functions.contains_key(name));
    let sequences = state
        .sequences
        .keys()
        .filter(|name| !wanted.sequences.contains_key(name));
    let enumerations = state
        .enumerations
        .keys()
        .filter(|name| !wanted.enumerations.contains_key(name));
    let mut gone: BTreeSet<_> = functions.map(function).collect();
    gone.extend(sequences.map(|name| whole(ObjectKind::Sequence, name)));
    gone.extend(enumerations.map(|name| whole(ObjectKind::Enumeration, name)));
    take_away(plan, &gone);
}

/// What of a table is gone or has to be made anew.
fn parts(
    plan: &Plan<'_>,
    name: &QualifiedName,
    before: &Table,
    after: &Table,
    gone: &mut BTreeSet<ObjectId>,
) {
    for (column, now) in &before.columns {
        let wanted = after.columns.get(column);
        if wanted.is_none_or(|wanted| column::is_other(now, wanted)) {
            gone.insert(part(ObjectKind::Column, name, column));
        }
    }
    for (constraint, now) in &before.constraints {
        let wanted = after.constraints.get(constraint);
        if wanted.is_none_or(|wanted| !constraint::is_same(now, wanted)) {
            gone.insert(part(ObjectKind::Constraint, name, constraint));
        }
    }
    for (trigger, now) in &before.triggers {
        let wanted = after.triggers.get(trigger);
        if wanted.is_none_or(|wanted| wanted.definition != now.definition) {
            gone.insert(part(ObjectKind::Trigger, name, trigger));
        }
    }
    for (index, now) in &before.indexes {
        let id = part(ObjectKind::Index, name, index);
        let wanted = after.indexes.get(index);
        let is_gone = wanted.is_none_or(|wanted| !index::is_same(now, wanted));
        // A migration of one statement has no room for a comment.
        let is_commented =
            now.comment.is_some() || wanted.is_some_and(|wanted| wanted.comment.is_some());
        if is_gone && (!plan.is_safe || is_commented || rests_on_something_gone(plan, &id)) {
            gone.insert(id);
        }
    }
}

/// Whether what the index needs is gone or becomes other before it could go while its table is used.
fn rests_on_something_gone(plan: &Plan<'_>, id: &ObjectId) -> bool {
    let needs = plan
        .state
        .dependencies
        .iter()
        .filter(|dependency| dependency.dependent == *id);
    let mut needs = needs.map(|dependency| &dependency.needed);
    needs.any(|needed| {
        !exists(plan.wanted, needed)
            || (needed.kind == ObjectKind::Column && {
                let before = &plan.state.tables[&needed.name].columns[&needed.part];
                before.data_type != plan.wanted.tables[&needed.name].columns[&needed.part].data_type
            })
    })
}

fn lost_column(plan: &Plan<'_>, id: &ObjectId) -> String {
    let (table, name) = (&id.name, &id.part);
    if plan.wanted.tables[table].columns.contains_key(name) {
        format!(
            "column {table}.{name} is dropped and made anew, since its values come about in another way"
        )
    } else {
        format!("column {table}.{name} is dropped with its values")
    }
}

/// Columns that get another type or collation.
fn retyped(plan: &Plan<'_>) -> BTreeSet<ObjectId> {
    let mut found = BTreeSet::new();
    for (name, before) in &plan.state.tables {
        let Some(after) = plan.wanted.tables.get(name) else {
            continue;
        };
        for (column, now) in &before.columns {
            let wanted = after.columns.get(column);
            if wanted.is_some_and(|wanted| column::is_retyped(now, wanted)) {
                found.insert(part(ObjectKind::Column, name, column));
            }
        }
    }
    found
}

/// Foreign keys whose two sides are of one type neither before nor after each single change.
fn foreign_keys(plan: &Plan<'_>, touched: &BTreeSet<ObjectId>) -> BTreeSet<ObjectId> {
    let type_in = |catalog: &Catalog, id: &ObjectId| {
        catalog.tables[&id.name].columns[&id.part].data_type.clone()
    };
    let mut found = BTreeSet::new();
    for id in touched {
        let (before, after) = (type_in(&plan.state, id), type_in(plan.wanted, id));
        if before != after && !data_type::are_integers(&before, &after) {
            found.extend(constraint::foreign_keys_of(&plan.state, &id.name, &id.part));
        }
    }
    found
}

/// What uses enums that are made anew and will be other itself: as it is now, it may name values that are no more.
fn others_around_enumerations(plan: &Plan<'_>) -> BTreeSet<ObjectId> {
    let rebuilt = enumeration::rebuilt(&plan.state, plan.wanted);
    if rebuilt.is_empty() {
        return BTreeSet::new();
    }
    let types: BTreeSet<_> = rebuilt
        .iter()
        .map(|name| whole(ObjectKind::Enumeration, name))
        .collect();
    let mut around = with_dependents(&plan.state, types.clone(), &BTreeSet::new());
    for (name, table) in &plan.state.tables {
        let of_column = |column: &String| part(ObjectKind::Default, name, column);
        around.extend(table.columns.keys().map(of_column));
    }
    around.retain(|id| !types.contains(id) && is_to_be_other(plan, id));
    around
}

fn is_to_be_other(plan: &Plan<'_>, id: &ObjectId) -> bool {
    let (state, wanted) = (&plan.state, plan.wanted);
    match id.kind {
        ObjectKind::View => wanted
            .views
            .get(&id.name)
            .is_none_or(|after| !view::is_same(&state.views[&id.name], after)),
        ObjectKind::Function => {
            let name = crate::name::function_name(id);
            let after = wanted.functions.get(&name);
            after.is_none_or(|after| after.definition != state.functions[&name].definition)
        }
        ObjectKind::Index => {
            let after = wanted
                .tables
                .get(&id.name)
                .and_then(|table| table.indexes.get(&id.part));
            after.is_none_or(|after| {
                !index::is_same(&state.tables[&id.name].indexes[&id.part], after)
            })
        }
        ObjectKind::Default => {
            let before = &state.tables[&id.name].columns[&id.part];
            let after = wanted
                .tables
                .get(&id.name)
                .and_then(|table| table.columns.get(&id.part));
            let is_enumerated = state.dependencies.iter().any(|dependency| {
                dependency.dependent == part(ObjectKind::Column, &id.name, &id.part)
                    && dependency.needed.kind == ObjectKind::Enumeration
            });
            matches!(before.generation, Generation::None)
                && before.default.is_some()
                && is_enumerated
                && after.is_some_and(|after| after.default != before.default)
        }
        _ => false,
    }
}

/// Sequences that stay although their owner goes must not go with it.
fn keep_sequences(plan: &mut Plan<'_>) {
    let wanted = plan.wanted;
    let mut kept = Vec::new();
    for (name, sequence) in &mut plan.state.sequences {
        let Some((table, column)) = &sequence.owner else {
            continue;
        };
        let owner = part(ObjectKind::Column, table, column);
        if wanted.sequences.contains_key(name) && !exists(wanted, &owner) {
            let before = sequence.owner.take();
            kept.push((name.clone(), before));
        }
    }
    for (name, before) in kept {
        plan.step(
            format!("modify {} sequence", crate::name::shown(&name)),
            vec![sequence::own(&name, None)],
            vec![sequence::own(&name, before.as_ref())],
        );
    }
}

/// The sequence behind an identity column has a name that a sequence to come may want.
fn free_identities(plan: &mut Plan<'_>) {
    let mut freed = Vec::new();
    for (name, before) in &plan.state.tables {
        let Some(after) = plan.wanted.tables.get(name) else {
            continue;
        };
        for (column, now) in &before.columns {
            let stays = after.columns.get(column);
            if matches!(now.generation, Generation::Identity(_))
                && stays.is_some_and(|after| after.generation == Generation::None)
            {
                freed.push((name.clone(), column.clone()));
            }
        }
    }
    for (table, column) in freed {
        identity::drop(plan, &table, &column);
    }
}

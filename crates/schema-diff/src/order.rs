//! What comes before what.

use std::collections::{BTreeMap, BTreeSet};

use schema_catalog::{Catalog, ConstraintKind, ObjectId, ObjectKind};

use crate::name::{belongs, holder};

/// `nodes` so that each comes after all that it needs, as `catalog` tells; among those that are free to come, in the
/// order of their kinds and names. Foreign keys within tables give way where two tables need each other.
pub(crate) fn needed_first(catalog: &Catalog, nodes: &BTreeSet<ObjectId>) -> Vec<ObjectId> {
    let mut waiting: BTreeMap<&ObjectId, Needs<'_>> =
        nodes.iter().map(|node| (node, Needs::default())).collect();
    for dependency in &catalog.dependencies {
        let (dependent, needed) = (&dependency.dependent, &dependency.needed);
        let (Some(node), Some(need)) = (
            node_of(catalog, nodes, dependent),
            node_of(catalog, nodes, needed),
        ) else {
            continue;
        };
        if node == need {
            continue;
        }
        if let Some(needs) = waiting.get_mut(node) {
            if is_foreign_key(catalog, dependent) && node != dependent {
                needs.wished.insert(need);
            } else {
                needs.hard.insert(need);
            }
        }
    }
    let mut ordered = Vec::with_capacity(nodes.len());
    while let Some(next) = next(catalog, &waiting) {
        waiting.remove(next);
        for needs in waiting.values_mut() {
            needs.hard.remove(next);
            needs.wished.remove(next);
        }
        ordered.push(next.clone());
    }
    ordered
}

/// `nodes` so that each comes before all that it needs.
pub(crate) fn dependents_first(catalog: &Catalog, nodes: &BTreeSet<ObjectId>) -> Vec<ObjectId> {
    let mut ordered = needed_first(catalog, nodes);
    ordered.reverse();
    ordered
}

#[derive(Default)]
struct Needs<'a> {
    hard: BTreeSet<&'a ObjectId>,
    wished: BTreeSet<&'a ObjectId>,
}

/// What may come now; where a circle leaves nothing, what disregards least.
fn next<'a>(
    catalog: &Catalog,
    waiting: &BTreeMap<&'a ObjectId, Needs<'_>>,
) -> Option<&'a ObjectId> {
    waiting
        .iter()
        .min_by_key(|(id, needs)| {
            (
                needs.hard.len(),
                needs.wished.len(),
                rank(catalog, id),
                **id,
            )
        })
        .map(|(id, _)| *id)
}

/// The node that makes or takes the object: itself, or what it is part of.
fn node_of<'a>(
    catalog: &Catalog,
    nodes: &'a BTreeSet<ObjectId>,
    id: &ObjectId,
) -> Option<&'a ObjectId> {
    if let Some(node) = nodes.get(id) {
        return Some(node);
    }
    let mut column = id.clone();
    column.kind = ObjectKind::Column;
    let whole = [column, holder(catalog, id)];
    whole
        .iter()
        .find_map(|whole| nodes.get(whole).filter(|node| belongs(id, node)))
}

fn is_foreign_key(catalog: &Catalog, id: &ObjectId) -> bool {
    id.kind == ObjectKind::Constraint
        && catalog
            .tables
            .get(&id.name)
            .and_then(|table| table.constraints.get(&id.part))
            .is_some_and(|constraint| constraint.kind == ConstraintKind::ForeignKey)
}

fn rank(catalog: &Catalog, id: &ObjectId) -> u8 {
    match id.kind {
        ObjectKind::Enumeration => 0,
        ObjectKind::Sequence => 1,
        ObjectKind::Table => 2,
        ObjectKind::Column => 3,
        ObjectKind::Default => 4,
        ObjectKind::Constraint if is_foreign_key(catalog, id) => 7,
        ObjectKind::Constraint => 5,
        ObjectKind::Index => 6,
        ObjectKind::Function => 8,
        ObjectKind::View => 9,
        ObjectKind::Trigger => 10,
    }
}

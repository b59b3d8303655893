//! What has to go when something goes.

use std::collections::{BTreeMap, BTreeSet};

use schema_catalog::{Catalog, Generation, ObjectId, ObjectKind};

use crate::name::{belongs, exists, holder, part, whole};
use crate::sequence;

/// What becomes of an object.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It goes.
    Gone,
    /// It stays, but what reads it must be made anew: a column of another type or name.
    Touched,
}

/// `gone`, and all that can't stay while these go and while the types or names of `touched` change.
///
/// Of a touched column, indexes and constraints stay: the server makes them anew by itself.
pub(crate) fn with_dependents(
    catalog: &Catalog,
    gone: BTreeSet<ObjectId>,
    touched: &BTreeSet<ObjectId>,
) -> BTreeSet<ObjectId> {
    let mut dependents: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for dependency in &catalog.dependencies {
        let known = dependents.entry(&dependency.needed.name).or_default();
        known.push((&dependency.needed, &dependency.dependent));
    }
    let mut found = gone;
    let mut open: Vec<_> = found.iter().map(|id| (id.clone(), Fate::Gone)).collect();
    open.extend(touched.iter().map(|id| (id.clone(), Fate::Touched)));
    while let Some((id, fate)) = open.pop() {
        if fate == Fate::Gone {
            let along = owned_sequences(catalog, &id);
            open.extend(along.into_iter().map(|sequence| (sequence, Fate::Gone)));
        }
        for (needed, dependent) in dependents.get(&id.name).into_iter().flatten() {
            let is_affected = match fate {
                Fate::Gone => belongs(needed, &id),
                Fate::Touched => **needed == id,
            };
            if !is_affected || belongs(dependent, &id) || !exists(catalog, dependent) {
                continue;
            }
            let Some(victim) = victim(catalog, dependent, fate) else {
                continue;
            };
            if !is_in(catalog, &found, &victim) {
                found.insert(victim.clone());
                open.push((victim, Fate::Gone));
            }
        }
    }
    found
}

/// The sequences that go with the table or column that owns them.
fn owned_sequences(catalog: &Catalog, id: &ObjectId) -> Vec<ObjectId> {
    let owned = match id.kind {
        ObjectKind::Table => sequence::owned(catalog, &id.name, None),
        ObjectKind::Column => sequence::owned(catalog, &id.name, Some(&id.part)),
        _ => Vec::new(),
    };
    let names = owned.into_iter().map(|(name, _)| name);
    names
        .map(|name| whole(ObjectKind::Sequence, name))
        .collect()
}

/// What goes because `dependent` can't stay as it is.
fn victim(catalog: &Catalog, dependent: &ObjectId, fate: Fate) -> Option<ObjectId> {
    let is_generated = || {
        let table = catalog.tables.get(&dependent.name)?;
        let column = table.columns.get(&dependent.part)?;
        Some(matches!(
            column.generation,
            Generation::Stored(_) | Generation::Virtual(_)
        ))
    };
    match dependent.kind {
        ObjectKind::View | ObjectKind::Function | ObjectKind::Trigger => Some(dependent.clone()),
        ObjectKind::Column if catalog.views.contains_key(&dependent.name) => {
            Some(holder(catalog, dependent))
        }
        ObjectKind::Default if is_generated() == Some(true) => {
            Some(part(ObjectKind::Column, &dependent.name, &dependent.part))
        }
        ObjectKind::Default | ObjectKind::Constraint | ObjectKind::Index if fate == Fate::Gone => {
            Some(dependent.clone())
        }
        _ => None,
    }
}

/// Whether `id` or what it is part of is among `found`.
fn is_in(catalog: &Catalog, found: &BTreeSet<ObjectId>, id: &ObjectId) -> bool {
    let mut column = id.clone();
    column.kind = ObjectKind::Column;
    let wholes = [column, holder(catalog, id)];
    found.contains(id)
        || wholes
            .iter()
            .any(|whole| belongs(id, whole) && found.contains(whole))
}

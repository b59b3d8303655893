//! What goes on under another name.

mod apply;
mod carry;
mod follow;
mod resolve;
mod rewrite;

use std::collections::BTreeSet;

use schema_catalog::{ObjectId, ObjectKind, QualifiedName};

use crate::dependents::with_dependents;
use crate::name::{belongs, exists, holder, part, whole};
use crate::plan::Plan;
use crate::removal::take_away;

pub(crate) use self::resolve::{Found, Names, backfills};

/// One object that goes on under another name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Renaming {
    /// The object under its name so far.
    pub(crate) found: Found,
    /// Its name to be, without schema or table.
    pub(crate) name: String,
}

/// Renames what was asked for, and what hangs on these names: constraints, indexes, sequences of columns.
pub(crate) fn rename(plan: &mut Plan<'_>, renamings: &[Renaming]) {
    let renamed: BTreeSet<_> = renamings
        .iter()
        .filter_map(|renaming| renaming.found.id())
        .collect();
    let readers = readers(plan, &renamed);
    take_away(plan, &readers);
    let mut ordered: Vec<_> = renamings.iter().collect();
    ordered.sort_by_key(|renaming| renaming.found.rank());
    for renaming in ordered {
        apply::apply(plan, renaming);
    }
    carry::carry(plan);
    rewrite::adopt_spelling(plan);
}

/// Views and functions that read what is renamed: their texts have its name, so that they are made anew.
fn readers(plan: &Plan<'_>, renamed: &BTreeSet<ObjectId>) -> BTreeSet<ObjectId> {
    let state = &plan.state;
    let mut readers = BTreeSet::new();
    for dependency in &state.dependencies {
        let dependent = &dependency.dependent;
        if !renamed.iter().any(|id| belongs(&dependency.needed, id)) || !exists(state, dependent) {
            continue;
        }
        match dependent.kind {
            ObjectKind::View | ObjectKind::Function => {
                readers.insert(dependent.clone());
            }
            ObjectKind::Column if state.views.contains_key(&dependent.name) => {
                readers.insert(holder(state, dependent));
            }
            _ => {}
        }
    }
    with_dependents(state, readers, &BTreeSet::new())
}

impl Found {
    /// The identity of what others may depend on by name.
    fn id(&self) -> Option<ObjectId> {
        match self {
            Self::Table(name) => Some(whole(ObjectKind::Table, name)),
            Self::Enumeration(name) => Some(whole(ObjectKind::Enumeration, name)),
            Self::Sequence(name) => Some(whole(ObjectKind::Sequence, name)),
            Self::Column(table, column) => Some(part(ObjectKind::Column, table, column)),
            Self::Constraint(..) | Self::Index(..) | Self::Label(..) => None,
        }
    }

    /// Parts are renamed while their tables have the names they were found by.
    fn rank(&self) -> u8 {
        match self {
            Self::Label(..) => 0,
            Self::Column(..) => 1,
            Self::Constraint(..) | Self::Index(..) => 2,
            Self::Sequence(_) => 3,
            Self::Enumeration(_) => 4,
            Self::Table(_) => 5,
        }
    }
}

/// `name` with another last part.
pub(crate) fn renamed(name: &QualifiedName, to: &str) -> QualifiedName {
    QualifiedName {
        schema: name.schema.clone(),
        name: to.to_owned(),
    }
}

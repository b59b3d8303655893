//! Taking objects away, and making them again as they were.

use std::collections::BTreeSet;

use postgres_client::quote_identifier;
use schema_catalog::{Catalog, ConstraintKind, ObjectId, ObjectKind};

use crate::dependents::with_dependents;
use crate::name::{exists, function_name, shown};
use crate::order::dependents_first;
use crate::plan::Plan;
use crate::{column, constraint, enumeration, function, index, sequence, table, trigger, view};

/// What takes an object away, and what brings it back.
pub(crate) struct Removal {
    pub(crate) comment: String,
    pub(crate) drop: String,
    pub(crate) make: Vec<String>,
}

/// What makes room for a change, and what fills it again.
pub(crate) struct Around {
    pub(crate) drop: Vec<String>,
    pub(crate) make: Vec<String>,
}

/// Takes `nodes` away, those first that others depend on least.
pub(crate) fn take_away(plan: &mut Plan<'_>, nodes: &BTreeSet<ObjectId>) {
    for id in removal_order(&plan.state, nodes) {
        if let Some(removal) = take(&mut plan.state, plan.from, &id) {
            plan.step(removal.comment, vec![removal.drop], removal.make);
            plan.taken.insert(id);
        }
    }
}

/// Everything in `gone` and all that depends on it or on `touched`, dropped and made again as it is now.
pub(crate) fn around(
    plan: &mut Plan<'_>,
    gone: BTreeSet<ObjectId>,
    touched: &BTreeSet<ObjectId>,
) -> Around {
    let nodes = with_dependents(&plan.state, gone, touched);
    let mut left = plan.state.clone();
    let mut drop = Vec::new();
    let mut make = Vec::new();
    for id in removal_order(&plan.state, &nodes) {
        if let Some(removal) = take(&mut left, &plan.state, &id) {
            drop.push(removal.drop);
            make.push(removal.make);
            plan.taken.insert(id);
        }
    }
    let make = make.into_iter().rev().flatten().collect();
    Around { drop, make }
}

/// Foreign keys between tables that need each other go before the tables.
fn removal_order(state: &Catalog, nodes: &BTreeSet<ObjectId>) -> Vec<ObjectId> {
    let ordered = dependents_first(state, nodes);
    let mut gone = BTreeSet::new();
    let mut first = Vec::new();
    for id in &ordered {
        if id.kind != ObjectKind::Table {
            continue;
        }
        for (part, constraint) in &state.tables[&id.name].constraints {
            let target = constraint.references.as_ref();
            if constraint.kind == ConstraintKind::ForeignKey
                && target.is_some_and(|target| gone.contains(target))
            {
                first.push(crate::name::part(ObjectKind::Constraint, &id.name, part));
            }
        }
        gone.insert(&id.name);
    }
    first.retain(|id| !nodes.contains(id));
    [first, ordered].concat()
}

/// Takes the object out of `state`; `None` where it went with another one. `complete` has all that will be there when
/// the whole way back is done.
fn take(state: &mut Catalog, complete: &Catalog, id: &ObjectId) -> Option<Removal> {
    if !exists(state, id) {
        return None;
    }
    let ObjectId { kind, name, part } = id;
    let on_table = |what: &str| {
        format!(
            "drop {what} {} from table: {}",
            quote_identifier(part),
            shown(name)
        )
    };
    let removal = match kind {
        ObjectKind::Table => {
            let make = table::make_whole(state, name);
            state.sequences.retain(|_, sequence| {
                sequence
                    .owner
                    .as_ref()
                    .is_none_or(|(owner, _)| owner != name)
            });
            state.tables.remove(name);
            Removal {
                comment: format!("drop {} table", shown(name)),
                drop: format!("DROP TABLE {}", name.quoted()),
                make,
            }
        }
        ObjectKind::Column => column::take(state, name, part),
        ObjectKind::Default => column::take_default(state, name, part)?,
        ObjectKind::Constraint => {
            let taken = state.tables.get_mut(name)?.constraints.remove(part)?;
            Removal {
                comment: constraint::modified(name),
                drop: constraint::drop(name, part),
                make: constraint::make(name, part, &taken),
            }
        }
        ObjectKind::Index => {
            let taken = state.tables.get_mut(name)?.indexes.remove(part)?;
            Removal {
                comment: on_table("index"),
                drop: index::drop(name, part),
                make: index::make(name, part, &taken),
            }
        }
        ObjectKind::Trigger => {
            let taken = state.tables.get_mut(name)?.triggers.remove(part)?;
            Removal {
                comment: on_table("trigger"),
                drop: trigger::drop(name, part),
                make: trigger::make(name, part, &taken),
            }
        }
        ObjectKind::View => {
            let taken = state.views.remove(name)?;
            Removal {
                comment: format!("drop {} view", shown(name)),
                drop: view::drop(name),
                make: view::make(name, &taken),
            }
        }
        ObjectKind::Function => {
            let name = function_name(id);
            let taken = state.functions.remove(&name)?;
            Removal {
                comment: format!("drop {} function", shown(&name.name)),
                drop: function::drop(&name, &taken),
                make: function::make(state, complete, &name, &taken),
            }
        }
        ObjectKind::Enumeration => {
            let taken = state.enumerations.remove(name)?;
            Removal {
                comment: format!("drop {} enum", shown(name)),
                drop: enumeration::drop(name),
                make: enumeration::make(name, &taken),
            }
        }
        ObjectKind::Sequence => {
            let taken = state.sequences.remove(name)?;
            let mut make = sequence::make(name, &taken);
            if let Some((table, column)) = &taken.owner {
                make.push(sequence::own(name, taken.owner.as_ref()));
                make.extend(sequence::go_on(state, name, &taken, table, column));
            }
            Removal {
                comment: format!("drop {} sequence", shown(name)),
                drop: format!("DROP SEQUENCE {}", name.quoted()),
                make,
            }
        }
    };
    Some(removal)
}

//! What no statement was written for.

use schema_catalog::{Catalog, ObjectId, ObjectKind};

use crate::name::{described, exists};
use crate::plan::Plan;
use crate::refusal::Unsupported;
use crate::text::{Token, tokens};

/// Kinds that go without a word when what they hang on goes.
const HANGING: &[&str] = &[
    "trigger on view",
    "rule",
    "default on view",
    "storage of column",
    "owner",
    "privileges",
    "security label",
];

/// Everything of kinds that have no statements here, and that is not the same in both.
pub(crate) fn of_other_kinds(from: &Catalog, to: &Catalog) -> Vec<Unsupported> {
    let mut found = Vec::new();
    let gone = from
        .others
        .keys()
        .filter(|key| !to.others.contains_key(key))
        .map(|key| (key, "is gone"));
    let new = to
        .others
        .iter()
        .filter_map(|(key, text)| match from.others.get(key) {
            None => Some((key, "is new")),
            Some(before) if before != text => Some((key, "is another one")),
            Some(_) => None,
        });
    for ((kind, name), how) in gone.chain(new) {
        found.push(Unsupported {
            object: format!("{kind} {name}"),
            why: format!("it {how}, and that is not written as a migration: write that one by hand, then ask again"),
        });
    }
    found.extend(moved_extensions(from, to));
    found
}

fn moved_extensions(from: &Catalog, to: &Catalog) -> Vec<Unsupported> {
    let pairs = from
        .extensions
        .iter()
        .filter_map(|(name, schema)| Some((name, schema, to.extensions.get(name)?)));
    pairs
        .filter(|(_, before, after)| before != after)
        .map(|(name, before, after)| Unsupported {
            object: format!("extension {name}"),
            why: format!("it is in schema {before} and should be in {after}; not every extension can move: write that migration by hand"),
        })
        .collect()
}

/// What the steps leave other than it should be: nothing is passed over.
pub(crate) fn after_all(state: &Catalog, to: &Catalog) -> Vec<Unsupported> {
    let left = state.differences(to).into_iter();
    left.map(|difference| Unsupported {
        why: match (difference.mine, difference.theirs) {
            (Some(mine), Some(theirs)) => format!("it is {mine:?} and should be {theirs:?}, for which no statement is known: write that migration by hand"),
            (Some(_), None) => "it should be gone, for which no statement is known: write that migration by hand".to_owned(),
            _ => "it is missing, and no statement is known that makes it: write that migration by hand".to_owned(),
        },
        object: difference.what,
    })
    .collect()
}

/// What would be lost with an object that is only taken away to be made again.
pub(crate) fn lost(plan: &Plan<'_>) -> Vec<Unsupported> {
    let again: Vec<_> = plan
        .taken
        .iter()
        .filter(|id| exists(plan.wanted, id))
        .collect();
    let hanging = plan
        .from
        .others
        .keys()
        .filter(|(kind, _)| HANGING.contains(&kind.as_str()));
    let mut found = Vec::new();
    for (kind, name) in hanging {
        let named = tokens(name);
        if let Some(id) = again.iter().find(|id| is_on(&named, id)) {
            found.push(Unsupported {
                object: format!("{kind} {name}"),
                why: format!(
                    "it would be lost, since {} has to be made anew: write that migration by hand",
                    described(id)
                ),
            });
        }
    }
    found
}

/// Whether the name of something says that it is on the object.
fn is_on(told: &[Token], id: &ObjectId) -> bool {
    let part = (id.kind == ObjectKind::Column).then_some(&id.part);
    let wanted: Vec<_> = [&id.name.schema, &id.name.name]
        .into_iter()
        .chain(part)
        .collect();
    let words: Vec<_> = told.iter().filter(|token| !token.is_mark('.')).collect();
    words.windows(wanted.len()).any(|window| {
        window
            .iter()
            .zip(&wanted)
            .all(|(token, wanted)| token.name() == Some(wanted))
    })
}

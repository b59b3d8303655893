//! Constraints, indexes and sequences that only have another name: nobody has to be asked.

use schema_catalog::{Constraint, Index, Sequence};

use super::apply::apply;
use super::{Found, Renaming};
use crate::plan::Plan;
use crate::sequence::changes;
use crate::text::is_same;

/// Renames them.
pub(super) fn carry(plan: &mut Plan<'_>) {
    for renaming in found(plan) {
        apply(plan, &renaming);
    }
}

fn found(plan: &Plan<'_>) -> Vec<Renaming> {
    let mut found = Vec::new();
    for (name, before) in &plan.state.tables {
        let Some(after) = plan.wanted.tables.get(name) else {
            continue;
        };
        let pairs = pairs(&before.constraints, &after.constraints, is_same_constraint);
        found.extend(
            pairs
                .into_iter()
                .map(|(part, name_after)| (Found::Constraint(name.clone(), part), name_after)),
        );
        let pairs = self::pairs(&before.indexes, &after.indexes, is_same_index);
        found.extend(
            pairs
                .into_iter()
                .map(|(part, name_after)| (Found::Index(name.clone(), part), name_after)),
        );
    }
    let pairs = pairs(
        &plan.state.sequences,
        &plan.wanted.sequences,
        is_same_sequence,
    );
    found.extend(
        pairs
            .into_iter()
            .filter(|(before, after)| before.schema == after.schema)
            .map(|(before, after)| (Found::Sequence(before), after.name)),
    );
    found
        .into_iter()
        .map(|(found, name)| Renaming { found, name })
        .collect()
}

/// What is gone and what is new, where the two are the same.
fn pairs<K: Ord + Clone, V>(
    before: &std::collections::BTreeMap<K, V>,
    after: &std::collections::BTreeMap<K, V>,
    is_same: impl Fn(&V, &V) -> bool,
) -> Vec<(K, K)> {
    let mut new: Vec<_> = after
        .iter()
        .filter(|(name, _)| !before.contains_key(*name))
        .collect();
    let mut pairs = Vec::new();
    for (name, object) in before.iter().filter(|(name, _)| !after.contains_key(*name)) {
        if let Some(place) = new.iter().position(|(_, other)| is_same(object, other)) {
            let (other, _) = new.remove(place);
            pairs.push((name.clone(), other.clone()));
        }
    }
    pairs
}

fn is_same_constraint(one: &Constraint, other: &Constraint) -> bool {
    one.kind == other.kind && is_same(&one.definition, &other.definition)
}

/// The definition has the name before `ON`.
fn is_same_index(one: &Index, other: &Index) -> bool {
    let rest = |index: &Index| {
        index
            .definition
            .split_once(" ON ")
            .map(|(_, rest)| rest.to_owned())
    };
    let (Some(mine), Some(theirs)) = (rest(one), rest(other)) else {
        return false;
    };
    one.is_unique == other.is_unique && one.is_valid == other.is_valid && is_same(&mine, &theirs)
}

/// Only that of a column: of others, nobody but a person knows.
fn is_same_sequence(one: &Sequence, other: &Sequence) -> bool {
    one.owner.is_some() && one.owner == other.owner && changes(one, other).is_empty()
}

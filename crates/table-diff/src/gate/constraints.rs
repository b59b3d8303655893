//! Unique constraints, foreign keys, triggers. Constraints are known by what they demand: the names that servers make up differ.

use std::collections::BTreeSet;

use super::{Both, GateOptions, StructureDifference};
use crate::{ForeignKey, Hidden, KeyAction, KeyType, Side, Table, TableName, Trigger, Unique};

/// `key` are the columns that no update changes.
pub(super) fn differences(
    both: &Both<'_>,
    key: &[(String, KeyType)],
    options: &GateOptions,
) -> Vec<StructureDifference> {
    let wanted = |columns: &[String]| !columns.iter().any(|name| options.leaves_out(name));
    let mut found = only_one_side(
        both,
        |table| {
            let uniques = table.uniques.iter();
            uniques.filter(|unique| wanted(&unique.columns)).collect()
        },
        |_, unique| demand_of_unique(unique),
        |side, unique: &Unique| StructureDifference::Unique {
            side,
            unique: unique.clone(),
        },
    );
    let hidden: Vec<_> = hidden(both).collect();
    let are_told = |it: &StructureDifference| !matches!(it, StructureDifference::KeysHidden { .. });
    if hidden.iter().all(are_told) {
        found.extend(foreign_keys(both, wanted));
    }
    found.extend(hidden);
    found.extend(followed(both.target, key, &wanted));
    found.extend(only_one_side(
        both,
        |table| table.triggers.iter().collect(),
        |_, trigger| (trigger.name.clone(), trigger.on.clone()),
        |side, trigger: &Trigger| StructureDifference::Trigger {
            side,
            trigger: trigger.clone(),
        },
    ));
    found.extend(triggers_of_both(both));
    found
}

/// The foreign keys of one side only, of the table and at it.
fn foreign_keys(both: &Both<'_>, wanted: impl Fn(&[String]) -> bool) -> Vec<StructureDifference> {
    let mut found = only_one_side(
        both,
        |table| {
            let keys = table.references.iter();
            keys.filter(|key| wanted(&key.columns)).collect()
        },
        demand_of_key,
        |side, key: &ForeignKey| StructureDifference::References {
            side,
            key: key.clone(),
        },
    );
    found.extend(only_one_side(
        both,
        |table| {
            let keys = table.referenced_by.iter();
            let others = keys.filter(|key| key.table != table.name);
            others
                .filter(|key| wanted(&key.referenced_columns))
                .collect()
        },
        demand_of_key,
        |side, key: &ForeignKey| StructureDifference::ReferencedBy {
            side,
            key: key.clone(),
        },
    ));
    found
}

/// What of the foreign keys nobody sees. Rows of the source are never deleted, so that what points at them need not be counted; nor need be what
/// refuses deletions.
fn hidden(both: &Both<'_>) -> impl Iterator<Item = StructureDifference> {
    let sides = [(Side::Source, both.source), (Side::Target, both.target)];
    let all = sides
        .into_iter()
        .flat_map(|(side, table)| table.hidden.iter().map(move |hidden| (side, hidden)));
    all.filter_map(|(side, hidden)| match hidden.clone() {
        Hidden::Keys { grant } => Some(StructureDifference::KeysHidden { side, grant }),
        Hidden::Rows { key, grant } => {
            let is_counted = side == Side::Target && key.on_delete != KeyAction::Refuse;
            is_counted.then_some(StructureDifference::RowsHidden { side, key, grant })
        }
    })
}

/// The foreign keys through which rows of other tables would follow an update.
fn followed(
    target: &Table,
    key: &[(String, KeyType)],
    wanted: impl Fn(&[String]) -> bool,
) -> impl Iterator<Item = StructureDifference> {
    let is_key = |name: &String| key.iter().any(|(column, _)| column == name);
    let keys = target.referenced_by.iter();
    keys.filter(move |it| {
        let acts = it.on_update != KeyAction::Refuse && wanted(&it.referenced_columns);
        acts && !it.referenced_columns.iter().all(is_key)
    })
    .map(|key| StructureDifference::UpdateFollowed { key: key.clone() })
}

/// The triggers of both sides: they act on what is written.
fn triggers_of_both(both: &Both<'_>) -> impl Iterator<Item = StructureDifference> {
    let common = both.target.triggers.iter();
    let common = common.filter(|trigger| both.source.triggers.contains(trigger));
    common.map(|trigger| StructureDifference::TriggerOfBoth {
        trigger: trigger.clone(),
    })
}

/// The things that one side has and the other has not, by what they demand.
fn only_one_side<T, D: Ord>(
    both: &Both<'_>,
    things: impl for<'a> Fn(&'a Table) -> Vec<&'a T>,
    demand: impl Fn(&Table, &T) -> D,
    tell: impl Fn(Side, &T) -> StructureDifference,
) -> Vec<StructureDifference> {
    let sides = [
        (Side::Source, both.source, both.target),
        (Side::Target, both.target, both.source),
    ];
    let mut found = Vec::new();
    for (side, table, other) in sides {
        let there: BTreeSet<D> = things(other)
            .into_iter()
            .map(|thing| demand(other, thing))
            .collect();
        for thing in things(table) {
            if !there.contains(&demand(table, thing)) {
                found.push(tell(side, thing));
            }
        }
    }
    found
}

/// A special one is known by its name only.
fn demand_of_unique(unique: &Unique) -> (Option<String>, BTreeSet<String>, bool) {
    let name = unique.special.then(|| unique.name.clone());
    let columns = unique.columns.iter().cloned().collect();
    (name, columns, unique.nulls_not_distinct)
}

/// What a foreign key demands. Tables of the same schema are told by their names only: the schema may be called otherwise on the other side.
fn demand_of_key(
    table: &Table,
    key: &ForeignKey,
) -> (
    TableNameWithin,
    TableNameWithin,
    BTreeSet<(String, String)>,
    [&'static str; 2],
) {
    let columns = key.columns.iter().cloned();
    (
        within(table, &key.table),
        within(table, &key.references),
        columns
            .zip(key.referenced_columns.iter().cloned())
            .collect(),
        [key.on_delete, key.on_update].map(KeyAction::sql),
    )
}

/// A table's name, with its schema where that is another one.
type TableNameWithin = (Option<String>, String);

fn within(table: &Table, name: &TableName) -> TableNameWithin {
    let schema = (name.schema != table.name.schema).then(|| name.schema.clone());
    (schema, name.name.clone())
}

//! By which key rows of both sides are the same row.

use std::collections::BTreeSet;

use super::{Both, GateOptions, KeyFault, StructureDifference, column_of_both};
use crate::{Column, Generated, KeyType, Side, Sides, Table};

/// The key: the one that was named, or the primary key. What stands against it goes to `found`.
pub(super) fn choose(
    both: &Both<'_>,
    options: &GateOptions,
    found: &mut Vec<StructureDifference>,
) -> Vec<(String, KeyType)> {
    let names = if options.key.is_empty() {
        primary(both, found)
    } else {
        found.extend(not_unique(both, &options.key));
        options.key.clone()
    };
    let mut key = Vec::new();
    for name in &names {
        match key_type(both, options, name) {
            Ok(kind) => key.push((name.clone(), kind)),
            Err(fault) => found.push(StructureDifference::KeyColumn {
                column: name.clone(),
                fault,
            }),
        }
    }
    found.extend(collations(both, options, &names));
    key
}

/// The columns of the primary key, in the source's order.
fn primary(both: &Both<'_>, found: &mut Vec<StructureDifference>) -> Vec<String> {
    let columns = both.map(|table| table.primary_key.clone());
    if columns.source.is_empty() && columns.target.is_empty() {
        found.push(StructureDifference::NoKey);
        return Vec::new();
    }
    if set(&columns.source) != set(&columns.target) {
        found.push(StructureDifference::PrimaryKey { columns });
        return Vec::new();
    }
    columns.source
}

fn set(names: &[String]) -> BTreeSet<&String> {
    names.iter().collect()
}

fn key_type(both: &Both<'_>, options: &GateOptions, name: &str) -> Result<KeyType, KeyFault> {
    if options.leaves_out(name) {
        return Err(KeyFault::LeftOut);
    }
    let columns = column_of_both(both, name).ok_or(KeyFault::Missing)?;
    let any = |is: fn(&Column) -> bool| is(columns.source) || is(columns.target);
    if any(|column| column.generated == Generated::Computed) {
        return Err(KeyFault::Computed);
    }
    if any(|column| column.nullable) {
        return Err(KeyFault::Nullable);
    }
    match (columns.source.key_type, columns.target.key_type) {
        (Some(source), Some(target)) if source == target => Ok(source),
        _ => Err(KeyFault::Type(columns.source.type_name.clone())),
    }
}

/// The sides on which rows may have the same `key`.
fn not_unique(both: &Both<'_>, key: &[String]) -> Vec<StructureDifference> {
    [Side::Source, Side::Target]
        .into_iter()
        .filter(|side| !is_unique(both.of(*side), key))
        .map(|side| StructureDifference::KeyNotUnique {
            side,
            columns: key.to_vec(),
        })
        .collect()
}

/// A key is unique where a part of it is.
fn is_unique(table: &Table, key: &[String]) -> bool {
    let is_covered = |columns: &[String]| !columns.is_empty() && set(columns).is_subset(&set(key));
    let mut uniques = table.uniques.iter().filter(|unique| !unique.special);
    is_covered(&table.primary_key) || uniques.any(|unique| is_covered(&unique.columns))
}

fn collations(both: &Both<'_>, options: &GateOptions, key: &[String]) -> Vec<StructureDifference> {
    let names = both.source.columns.iter().map(|column| &column.name);
    names
        .filter(|name| !options.leaves_out(name))
        .filter_map(|name| {
            let collations = column_of_both(both, name)?.map(|column| column.collation.clone());
            differ(&collations).then(|| StructureDifference::Collation {
                column: name.clone(),
                in_key: key.contains(name),
                collations,
            })
        })
        .collect()
}

fn differ<T: PartialEq>(both: &Sides<T>) -> bool {
    both.source != both.target
}

//! Names, types, nullability, generation of columns.

use super::{Both, GateOptions, StructureDifference, column};
use crate::{Column, Generated, Side, Sides, Table};

/// The columns that are compared and written, with their types.
pub(super) fn compared(table: &Table, options: &GateOptions) -> Vec<(String, String)> {
    table
        .columns
        .iter()
        .filter(|column| column.generated != Generated::Computed)
        .filter(|column| !options.leaves_out(&column.name))
        .map(|column| (column.name.clone(), column.type_name.clone()))
        .collect()
}

pub(super) fn differences(both: &Both<'_>, options: &GateOptions) -> Vec<StructureDifference> {
    let mut found = Vec::new();
    for left_out in &options.leave_out {
        let known = column(both.source, left_out).or(column(both.target, left_out));
        found.push(StructureDifference::LeftOut {
            column: left_out.clone(),
            known: known.is_some(),
        });
    }
    let wanted = |column: &&Column| !options.leaves_out(&column.name);
    for source in both.source.columns.iter().filter(wanted) {
        match column(both.target, &source.name) {
            Some(target) => found.extend(of_column(source, target)),
            None => found.push(missing(Side::Target, source)),
        }
    }
    for target in both.target.columns.iter().filter(wanted) {
        if column(both.source, &target.name).is_none() {
            found.push(missing(Side::Source, target));
        }
    }
    found
}

fn missing(side: Side, column: &Column) -> StructureDifference {
    StructureDifference::ColumnMissing {
        side,
        column: column.name.clone(),
        type_name: column.type_name.clone(),
    }
}

/// What differs between the two sides of one column. Its collation is looked at with the key.
fn of_column(source: &Column, target: &Column) -> Vec<StructureDifference> {
    let column = || source.name.clone();
    let mut found = Vec::new();
    if source.type_name != target.type_name {
        found.push(StructureDifference::ColumnType {
            column: column(),
            types: Sides { source, target }.map(|side| side.type_name.clone()),
        });
    }
    if source.nullable != target.nullable {
        let side = if source.nullable {
            Side::Source
        } else {
            Side::Target
        };
        found.push(StructureDifference::Nullability {
            column: column(),
            side,
        });
    }
    if source.generated != target.generated {
        found.push(StructureDifference::Generation {
            column: column(),
            generated: Sides { source, target }.map(|side| side.generated),
        });
    }
    for (side, of) in [(Side::Source, source), (Side::Target, target)] {
        if let Some(reason) = &of.hindrance {
            found.push(StructureDifference::Hindrance {
                side,
                column: column(),
                reason: reason.clone(),
            });
        }
    }
    found
}

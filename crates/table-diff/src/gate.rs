//! The gate: tables are compared only where their structures agree.
//!
//! All of it is pure. What differs is told as [`StructureDifference`]s; those that block leave no [`Reading`], so that nothing can be read or
//! written. A column that was left out by name takes part in nothing.

mod columns;
mod constraints;
mod difference;
mod key;
#[cfg(test)]
mod tests;
mod time;
mod words;

pub use difference::{KeyFault, StructureDifference, TimeFault};

use crate::{Column, Compare, HashMethod, Reading, Side, Sides, Table, TableKind};

/// How a table is wanted to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateOptions {
    /// The columns of the key; empty for those of the primary key.
    pub key: Vec<String>,
    /// The column with the time of change; `None` to look for it.
    pub time: Option<String>,
    /// Columns that take part in nothing.
    pub leave_out: Vec<String>,
    /// What is compared.
    pub compare: Compare,
    /// How rows are hashed.
    pub hash: HashMethod,
}

impl GateOptions {
    /// The primary key, a time that is looked for, and all columns.
    pub fn new(compare: Compare, hash: HashMethod) -> Self {
        Self {
            key: Vec::new(),
            time: None,
            leave_out: Vec::new(),
            compare,
            hash,
        }
    }

    fn leaves_out(&self, column: &str) -> bool {
        self.leave_out.iter().any(|name| name == column)
    }
}

/// What the gate says of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    /// What differs or should be known, in the order of the structures; what blocks comes first.
    pub differences: Vec<StructureDifference>,
    /// How the table is read; `None` where a difference blocks it.
    pub reading: Option<Reading>,
}

/// Both structures of one table.
type Both<'a> = Sides<&'a Table>;

/// Compares the structures of a table, and says how it is to be read.
pub fn compare(source: Option<&Table>, target: Option<&Table>, options: &GateOptions) -> Gate {
    let (Some(source), Some(target)) = (source, target) else {
        let missing = [(Side::Source, source), (Side::Target, target)];
        return Gate::blocked(
            missing
                .into_iter()
                .filter(|(_, table)| table.is_none())
                .map(|(side, _)| StructureDifference::TableMissing { side })
                .collect(),
        );
    };
    let both = Sides { source, target };
    let kinds = kinds(&both);
    if kinds.is_empty() {
        Gate::of_tables(&both, options)
    } else {
        Gate::blocked(kinds)
    }
}

impl Gate {
    fn blocked(differences: Vec<StructureDifference>) -> Self {
        Self {
            differences,
            reading: None,
        }
    }

    fn of_tables(both: &Both<'_>, options: &GateOptions) -> Self {
        let mut differences = columns::differences(both, options);
        let key = key::choose(both, options, &mut differences);
        let time = time::choose(both, options, &mut differences);
        differences.extend(constraints::differences(both, &key, options));
        let compare = if time.is_some() {
            options.compare
        } else {
            if options.compare == Compare::Time {
                differences.push(StructureDifference::ComparedByContent);
            }
            Compare::Content
        };
        differences.sort_by_key(|difference| !difference.blocks());
        let is_blocked = differences.iter().any(StructureDifference::blocks);
        Self {
            differences,
            reading: (!is_blocked).then(|| Reading {
                table: both.source.name.clone(),
                key,
                time,
                columns: columns::compared(both.source, options),
                compare,
                hash: options.hash,
            }),
        }
    }
}

/// Why a relation of such a kind can't be synchronised on either side.
fn kinds(both: &Both<'_>) -> Vec<StructureDifference> {
    let mut found = Vec::new();
    for side in [Side::Source, Side::Target] {
        let table = both.of(side);
        if !matches!(table.kind, TableKind::Table | TableKind::Partitioned) {
            found.push(StructureDifference::Kind {
                side,
                kind: table.kind,
            });
        }
        if table.row_security {
            found.push(StructureDifference::RowSecurity { side });
        }
    }
    found
}

fn column<'a>(table: &'a Table, name: &str) -> Option<&'a Column> {
    table.columns.iter().find(|column| column.name == name)
}

/// A column that both sides have.
fn column_of_both<'a>(both: &Both<'a>, name: &str) -> Option<Sides<&'a Column>> {
    Some(Sides {
        source: column(both.source, name)?,
        target: column(both.target, name)?,
    })
}

//! In English.

use super::foreign_key;
use crate::gate::{KeyFault, StructureDifference as D, TimeFault};
use crate::{Generated, Side, Sides, TableKind};

/// What a trigger does to what is written.
const TRIGGER: &str = "if it changes rows that are written, nothing will be written; what it does elsewhere is neither shown nor undone";

#[expect(
    clippy::too_many_lines,
    reason = "one arm for each difference, and nothing else"
)]
pub(super) fn words(difference: &D, names: &Sides<String>) -> String {
    match difference {
        D::TableMissing { side } => format!(
            "the table is missing in {}, or may not be read there; run the migration that makes it, or grant SELECT",
            names.of(*side)
        ),
        D::Kind { side, kind } => format!(
            "it is {} in {}; only tables can be synchronised: exclude it",
            kind_word(*kind),
            names.of(*side)
        ),
        D::RowSecurity { side } => format!(
            "row level security may hide rows in {}; read with a role that has BYPASSRLS, or exclude the table",
            names.of(*side)
        ),
        D::ColumnMissing { side, column, type_name } => format!(
            "column `{column}` ({type_name}) is missing in {}; run the migration that adds it, or name it in LEAVE_OUT",
            names.of(*side)
        ),
        D::ColumnType { column, types } => format!(
            "column `{column}` is {} in {} and {} in {}; run the migration that changes it, or name it in LEAVE_OUT",
            types.source, names.source, types.target, names.target
        ),
        D::Nullability { column, side } => format!(
            "column `{column}` may be NULL only in {}; run the migration that changes it, or name it in LEAVE_OUT",
            names.of(*side)
        ),
        D::Generation { column, generated } => format!(
            "column `{column}` is {} in {} and {} in {}; run the migration that changes it, or name it in LEAVE_OUT",
            generated_word(generated.source),
            names.source,
            generated_word(generated.target),
            names.target
        ),
        D::Hindrance { side, column, reason } => format!(
            "column `{column}` can't be compared in {}: {reason}; name it in LEAVE_OUT",
            names.of(*side)
        ),
        D::Collation { column, collations, in_key } => {
            let collation = |name: &Option<String>| name.clone().unwrap_or("the default".to_owned());
            let repair = if *in_key {
                "what is one key on a side may be two on the other: give both the same collation"
            } else {
                "values are compared byte by byte all the same"
            };
            format!(
                "column `{column}` has collation {} in {} and {} in {}; {repair}",
                collation(&collations.source),
                names.source,
                collation(&collations.target),
                names.target
            )
        }
        D::PrimaryKey { columns } => format!(
            "the primary key is ({}) in {} and ({}) in {}; run the migration that changes it, or name a common key in KEYS",
            columns.source.join(", "),
            names.source,
            columns.target.join(", "),
            names.target
        ),
        D::NoKey => "there is no primary key; add one, or name unique NOT NULL columns in KEYS".to_owned(),
        D::KeyColumn { column, fault } => format!(
            "column `{column}` can't be part of the key: {}; name other columns in KEYS",
            match fault {
                KeyFault::Missing => "a side does not have it".to_owned(),
                KeyFault::LeftOut => "LEAVE_OUT names it".to_owned(),
                KeyFault::Computed => "it is computed".to_owned(),
                KeyFault::Nullable => "it may be NULL".to_owned(),
                KeyFault::Type(kind) => format!("values of {kind} have no common order"),
            }
        ),
        D::KeyNotUnique { side, columns } => format!(
            "no unique constraint covers the key ({}) in {}; add one, or name other columns in KEYS",
            columns.join(", "),
            names.of(*side)
        ),
        D::TimeColumn { column, fault } => format!(
            "column `{column}` can't be the time of change: {}; name another one in TIMES",
            match fault {
                TimeFault::Missing => "a side does not have it".to_owned(),
                TimeFault::LeftOut => "LEAVE_OUT names it".to_owned(),
                TimeFault::Type(kind) => format!("{kind} is no type of a time"),
            }
        ),
        D::Unique { side, unique } => format!(
            "only {} has the unique constraint `{}` ({}); run the migration that adds or drops it",
            names.of(*side),
            unique.name,
            unique.columns.join(", ")
        ),
        D::References { side, key } => format!(
            "only {} has the foreign key `{}` {}; run the migration that adds or drops it",
            names.of(*side),
            key.name,
            foreign_key(key)
        ),
        D::ReferencedBy { side, key } => format!(
            "only in {} rows of {} point here by the foreign key `{}` {}",
            names.of(*side),
            key.table,
            key.name,
            foreign_key(key)
        ),
        D::Trigger { side: Side::Source, trigger } => format!(
            "only {} has the trigger `{}` ({}); {} goes without it",
            names.source, trigger.name, trigger.on, names.target
        ),
        D::Trigger { side: Side::Target, trigger } => format!(
            "only {} has the trigger `{}` ({}); {TRIGGER}",
            names.target, trigger.name, trigger.on
        ),
        D::TriggerOfBoth { trigger } => format!(
            "both have the trigger `{}` ({}); {TRIGGER}",
            trigger.name, trigger.on
        ),
        D::UpdateFollowed { key } => format!(
            "rows of {} follow where ({}) changes here, by the foreign key `{}` {}; updates that would change such rows are refused",
            key.table,
            key.referenced_columns.join(", "),
            key.name,
            foreign_key(key)
        ),
        D::KeysHidden { side: Side::Source, grant } => format!(
            "foreign keys of {} are hidden from the role that reads, so that they are not compared; run {grant}",
            names.source
        ),
        D::KeysHidden { side: Side::Target, grant } => format!(
            "foreign keys of {} are hidden from the role that reads, so that nobody knows what a deletion takes along, and nothing can be deleted; run {grant}",
            names.target
        ),
        D::RowsHidden { side, key, grant } => format!(
            "the rows of {} that a deletion takes along by the foreign key `{}` are hidden in {} from the role that reads; run {grant}",
            key.table,
            key.name,
            names.of(*side)
        ),
        D::NoTime { candidates } if candidates.is_empty() => {
            "no column tells when a row was changed, so it is not known which side is newer; name one in TIMES".to_owned()
        }
        D::NoTime { candidates } => format!(
            "{} may all tell when a row was changed, so it is not known which side is newer; name one of them in TIMES",
            candidates.join(", ")
        ),
        D::ComparedByContent => "there are no times of change to compare: all columns are compared".to_owned(),
        D::LeftOut { column, known: true } => format!("column `{column}` is left out, as LEAVE_OUT wants"),
        D::LeftOut { column, known: false } => {
            format!("LEAVE_OUT names the column `{column}`, which neither side has; take it out there")
        }
    }
}

fn kind_word(kind: TableKind) -> &'static str {
    match kind {
        TableKind::Table => "a table",
        TableKind::Partitioned => "a partitioned table",
        TableKind::Inherited => "a table that inherits or is inherited from",
        TableKind::View => "a view",
        TableKind::Foreign => "a foreign table",
        TableKind::NotTransactional => "a table of an engine without transactions",
    }
}

fn generated_word(generated: Generated) -> &'static str {
    match generated {
        Generated::No => "an ordinary column",
        Generated::Computed => "computed",
        Generated::IdentityAlways => "GENERATED ALWAYS AS IDENTITY",
        Generated::Sequence => "numbered by a sequence",
    }
}

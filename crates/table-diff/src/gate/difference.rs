//! What differs between two structures, or should be known of them.

use serde::{Deserialize, Serialize};

use crate::{ForeignKey, Generated, Side, Sides, TableKind, Trigger, Unique};

/// What differs between two structures, or should be known of them. [`StructureDifference::words`] says it to people, with the repair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum StructureDifference {
    /// A side lacks the table, or it may not be read there.
    TableMissing {
        /// Which side.
        side: Side,
    },
    /// It is a kind of relation that can't be synchronised.
    Kind {
        /// On which side.
        side: Side,
        /// What it is.
        kind: TableKind,
    },
    /// Row level security may hide rows.
    RowSecurity {
        /// On which side.
        side: Side,
    },
    /// A side lacks a column.
    ColumnMissing {
        /// Which side.
        side: Side,
        /// The column.
        column: String,
        /// Its type on the other side.
        type_name: String,
    },
    /// A column's types differ.
    ColumnType {
        /// The column.
        column: String,
        /// Its types.
        types: Sides<String>,
    },
    /// A column may be NULL on one side only.
    Nullability {
        /// The column.
        column: String,
        /// Where it may be NULL.
        side: Side,
    },
    /// A column's values come about by themselves in different ways.
    Generation {
        /// The column.
        column: String,
        /// How.
        generated: Sides<Generated>,
    },
    /// Rows of a table with such a column can't be compared or copied.
    Hindrance {
        /// On which side.
        side: Side,
        /// The column.
        column: String,
        /// Why not.
        reason: String,
    },
    /// A column's collations differ.
    Collation {
        /// The column.
        column: String,
        /// Its collations; `None` for the default.
        collations: Sides<Option<String>>,
        /// Whether it is part of the key, so that rows that are one on a side may be two on the other.
        in_key: bool,
    },
    /// The primary keys differ.
    PrimaryKey {
        /// Their columns.
        columns: Sides<Vec<String>>,
    },
    /// Neither side has a primary key, and no other key was named.
    NoKey,
    /// A column can't be part of the key.
    KeyColumn {
        /// The column.
        column: String,
        /// Why not.
        fault: KeyFault,
    },
    /// The key that was named may occur twice.
    KeyNotUnique {
        /// On which side.
        side: Side,
        /// Its columns.
        columns: Vec<String>,
    },
    /// The column that was named can't be the time of change.
    TimeColumn {
        /// The column.
        column: String,
        /// Why not.
        fault: TimeFault,
    },
    /// Only one side has a unique constraint.
    Unique {
        /// Which side.
        side: Side,
        /// The constraint.
        unique: Unique,
    },
    /// Only one side has a foreign key.
    References {
        /// Which side.
        side: Side,
        /// The foreign key.
        key: ForeignKey,
    },
    /// Only on one side another table points at this one.
    ReferencedBy {
        /// Which side.
        side: Side,
        /// The foreign key.
        key: ForeignKey,
    },
    /// Only one side has a trigger.
    Trigger {
        /// Which side.
        side: Side,
        /// The trigger.
        trigger: Trigger,
    },
    /// Both sides have a trigger or a rule: it may change rows while they are written, such as one that sets the time of change, or write elsewhere.
    TriggerOfBoth {
        /// The trigger.
        trigger: Trigger,
    },
    /// Rows of another table follow where columns of this one change: updates that would change such rows are refused.
    UpdateFollowed {
        /// The foreign key.
        key: ForeignKey,
    },
    /// There may be foreign keys that the server does not tell of, so that they are not compared, and nothing can be deleted.
    KeysHidden {
        /// On which side.
        side: Side,
        /// The statement that shows them.
        grant: String,
    },
    /// The rows that a deletion takes along can't be counted.
    RowsHidden {
        /// On which side.
        side: Side,
        /// The foreign key through which.
        key: ForeignKey,
        /// The statement that shows them.
        grant: String,
    },
    /// There is no column with the time of change, or it is not clear which it is.
    NoTime {
        /// Those that it may be.
        candidates: Vec<String>,
    },
    /// Only times were to be compared, and there are none.
    ComparedByContent,
    /// A column takes part in nothing, as wanted.
    LeftOut {
        /// The column.
        column: String,
        /// Whether a side has it at all.
        known: bool,
    },
}

/// Why a column can't be part of the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyFault {
    /// A side does not have it.
    Missing,
    /// It was left out.
    LeftOut,
    /// It is computed.
    Computed,
    /// It may be NULL.
    Nullable,
    /// Values of its type have no order that both sides share.
    Type(String),
}

/// Why a column can't be the time of change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeFault {
    /// A side does not have it.
    Missing,
    /// It was left out.
    LeftOut,
    /// Its type is none of a time.
    Type(String),
}

impl StructureDifference {
    /// Whether the table can't be compared because of it; otherwise it is only told.
    pub fn blocks(&self) -> bool {
        match self {
            Self::TableMissing { .. }
            | Self::Kind { .. }
            | Self::RowSecurity { .. }
            | Self::ColumnMissing { .. }
            | Self::ColumnType { .. }
            | Self::Nullability { .. }
            | Self::Generation { .. }
            | Self::Hindrance { .. }
            | Self::PrimaryKey { .. }
            | Self::NoKey
            | Self::KeyColumn { .. }
            | Self::KeyNotUnique { .. }
            | Self::TimeColumn { .. }
            | Self::References { .. }
            | Self::RowsHidden { .. } => true,
            Self::Collation { in_key, .. } => *in_key,
            // An expression or a condition is known by its name only.
            Self::Unique { unique, .. } => !unique.special,
            // What points here is counted before writing, and what triggers do to the rows is caught by the proof after it. What they write elsewhere
            // is for people to know.
            Self::ReferencedBy { .. }
            | Self::UpdateFollowed { .. }
            | Self::KeysHidden { .. }
            | Self::Trigger { .. }
            | Self::TriggerOfBoth { .. }
            | Self::NoTime { .. }
            | Self::ComparedByContent
            | Self::LeftOut { .. } => false,
        }
    }
}

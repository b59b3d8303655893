//! What a difference of one row is.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// What a difference of one row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Only the source has it.
    Insert,
    /// Only the target has it.
    Delete,
    /// Both have it, and the source's is newer.
    UpdateNew,
    /// Both have it, and the target's is newer: it is shown and never written.
    UpdateOld,
    /// Both have it with one time of change, and yet it differs: an edit by hand, a restore, a bulk load.
    ChangedSameTime,
    /// Both have it, it differs, and a side does not tell when it was changed.
    TimeUnknown,
}

impl Class {
    /// The class of a row that both sides have and that differs, by its times of change.
    pub fn of_change(source: Option<i64>, target: Option<i64>) -> Self {
        match (source, target) {
            (Some(source), Some(target)) => match source.cmp(&target) {
                Ordering::Greater => Self::UpdateNew,
                Ordering::Less => Self::UpdateOld,
                Ordering::Equal => Self::ChangedSameTime,
            },
            _ => Self::TimeUnknown,
        }
    }

    /// All classes, in the order in which people see them.
    pub const ALL: [Self; 6] = [
        Self::Insert,
        Self::UpdateNew,
        Self::ChangedSameTime,
        Self::TimeUnknown,
        Self::Delete,
        Self::UpdateOld,
    ];

    /// Whether rows of this class may be written at all.
    pub fn can_be_applied(self) -> bool {
        self != Self::UpdateOld
    }
}

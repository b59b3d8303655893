//! How many rows there are of what.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Class;

/// How many rows there are of each class; classes without rows are absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClassCounts(BTreeMap<Class, u64>);

impl ClassCounts {
    /// One row more of `class`.
    pub fn add(&mut self, class: Class) {
        *self.0.entry(class).or_default() += 1;
    }

    /// How many rows of `class` there are.
    pub fn get(&self, class: Class) -> u64 {
        self.0.get(&class).copied().unwrap_or_default()
    }

    /// How many rows of all classes there are.
    pub fn total(&self) -> u64 {
        self.0
            .values()
            .fold(0, |sum, rows| sum.saturating_add(*rows))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.total() == 0
    }

    /// The classes that have rows, in the order in which people see them.
    pub fn iter(&self) -> impl Iterator<Item = (Class, u64)> {
        let all = Class::ALL.into_iter();
        all.map(|class| (class, self.get(class)))
            .filter(|(_, rows)| *rows > 0)
    }
}

impl Extend<(Class, u64)> for ClassCounts {
    fn extend<I: IntoIterator<Item = (Class, u64)>>(&mut self, counts: I) {
        for (class, rows) in counts {
            *self.0.entry(class).or_default() += rows;
        }
    }
}

/// How many rows a compared table has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableCounts {
    /// Rows that differ.
    pub classes: ClassCounts,
    /// Rows that are alike on both sides.
    pub equal: u64,
    /// Rows that were not compared: only times were to be, and neither side has one.
    #[serde(default, skip_serializing_if = "is_none")]
    pub no_time: u64,
    /// Rows of the source.
    pub source_rows: u64,
    /// Rows of the target.
    pub target_rows: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "it is asked by serde")]
fn is_none(rows: &u64) -> bool {
    *rows == 0
}

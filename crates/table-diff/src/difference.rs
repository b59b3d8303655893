//! Rows that differ, as they are found.

use crate::{Class, Seen};

/// A row that differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference<'a> {
    /// What kind of difference it is.
    pub class: Class,
    /// The encoded key.
    pub key: &'a [u8],
    /// What the source tells of it; `None` where it has no such row.
    pub source: Option<Seen>,
    /// What the target tells of it; `None` where it has no such row.
    pub target: Option<Seen>,
}

/// Differences in the order of their keys. It is filled again and again, as a [`MarkBatch`](crate::MarkBatch) is.
#[derive(Debug, Default)]
pub struct DifferenceBatch {
    keys: Vec<u8>,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    class: Class,
    /// Where the key ends in `keys`.
    end: usize,
    source: Option<Seen>,
    target: Option<Seen>,
}

impl DifferenceBatch {
    /// Forgets the differences and keeps the room.
    pub fn clear(&mut self) {
        self.keys.clear();
        self.rows.clear();
    }

    /// How many differences there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Adds `difference`.
    pub fn push(&mut self, difference: Difference<'_>) {
        self.keys.extend_from_slice(difference.key);
        self.rows.push(Row {
            class: difference.class,
            end: self.keys.len(),
            source: difference.source,
            target: difference.target,
        });
    }

    /// The difference number `index`, from 0.
    pub fn get(&self, index: usize) -> Option<Difference<'_>> {
        let row = self.rows.get(index)?;
        let start = index
            .checked_sub(1)
            .map_or(0, |before| self.rows[before].end);
        Some(Difference {
            class: row.class,
            key: &self.keys[start..row.end],
            source: row.source,
            target: row.target,
        })
    }

    /// All differences, in order.
    pub fn iter(&self) -> impl Iterator<Item = Difference<'_>> {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}

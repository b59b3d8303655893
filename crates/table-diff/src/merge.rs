//! Two ordered streams of marks become the rows that differ.

mod cursor;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use futures_util::future::try_join;

use crate::{
    Class, Compare, DatabaseError, Difference, DifferenceBatch, Mark, MarkStream, Reading, Seen,
    Side, TableCounts, key,
};
use cursor::Cursor;

/// Two ordered streams of marks that are walked through side by side, in the memory of two batches.
#[derive(Debug)]
pub struct Merge<'a> {
    compare: Compare,
    /// Whether a row differs whose time does.
    compares_time: bool,
    source: Cursor<'a>,
    target: Cursor<'a>,
    counts: TableCounts,
}

impl<'a> Merge<'a> {
    /// Begins to compare the two streams of `reading`'s table.
    pub fn new(
        source: Box<dyn MarkStream + 'a>,
        target: Box<dyn MarkStream + 'a>,
        reading: &'a Reading,
    ) -> Self {
        Self {
            compare: reading.compare,
            compares_time: reading.compares_time(),
            source: Cursor::new(Side::Source, source, reading),
            target: Cursor::new(Side::Target, target, reading),
            counts: TableCounts::default(),
        }
    }

    /// What was counted so far.
    pub fn counts(&self) -> &TableCounts {
        &self.counts
    }

    /// Fills `found` anew with the next differences, `most` at most; `false` at the end, when there is none. It comes back after each
    /// batch of marks, so that `found` may be empty before the end, too.
    ///
    /// # Errors
    /// A side can't be read, or its keys are out of order or twice.
    pub async fn next(
        &mut self,
        found: &mut DifferenceBatch,
        most: usize,
    ) -> Result<bool, DatabaseError> {
        found.clear();
        try_join(self.source.fill(), self.target.fill()).await?;
        if self.source.is_at_end() && self.target.is_at_end() {
            return Ok(false);
        }
        while found.len() < most && self.step(found) {}
        Ok(true)
    }

    /// Goes one key ahead; `false` where a side must be filled first.
    #[inline]
    fn step(&mut self, found: &mut DifferenceBatch) -> bool {
        let (source, target) = (self.source.mark(), self.target.mark());
        let order = match (source, target) {
            (Some(source), Some(target)) => key::order(source.key, target.key),
            (Some(_), None) if self.target.is_at_end() => Ordering::Less,
            (None, Some(_)) if self.source.is_at_end() => Ordering::Greater,
            _ => return false,
        };
        let (source, target) = match order {
            Ordering::Less => (source, None),
            Ordering::Equal => (source, target),
            Ordering::Greater => (None, target),
        };
        match self.classify(source, target) {
            None if is_unknown(self.compare, source) => self.counts.no_time += 1,
            None => self.counts.equal += 1,
            Some((class, key)) => {
                self.counts.classes.add(class);
                found.push(Difference {
                    class,
                    key,
                    source: source.map(seen),
                    target: target.map(seen),
                });
            }
        }
        let (source, target) = (source.is_some(), target.is_some());
        self.counts.source_rows += u64::from(source);
        self.counts.target_rows += u64::from(target);
        self.source.advance(source);
        self.target.advance(target);
        true
    }

    /// The class and the key of a row that differs; `None` where both sides are alike.
    #[inline]
    fn classify<'m>(
        &self,
        source: Option<Mark<'m>>,
        target: Option<Mark<'m>>,
    ) -> Option<(Class, &'m [u8])> {
        let (source, target) = match (source, target) {
            (Some(source), Some(target)) => (source, target),
            (Some(source), None) => return Some((Class::Insert, source.key)),
            (None, target) => return target.map(|target| (Class::Delete, target.key)),
        };
        let equal = (self.compare == Compare::Time || source.hash == target.hash)
            && (!self.compares_time || source.time == target.time);
        (!equal).then(|| (Class::of_change(source.time, target.time), source.key))
    }
}

/// Whether nobody knows if a row differs whose times are alike: there are none.
#[inline]
fn is_unknown(compare: Compare, source: Option<Mark<'_>>) -> bool {
    compare == Compare::Time && source.is_some_and(|source| source.time.is_none())
}

fn seen(mark: Mark<'_>) -> Seen {
    Seen {
        hash: mark.hash,
        time: mark.time,
    }
}

//! The record numbers that the app gives out while bulks are written.

use std::collections::BTreeSet;

use crate::journal::Entry;

/// Which numbers are accounted for. Kintone gives them out in ascending order, each once.
#[derive(Clone, Debug)]
pub(crate) struct Numbers {
    /// Every record up to this number was there before, or is of this restore.
    settled: u64,
    /// Records of this restore above a gap.
    above: BTreeSet<u64>,
    gap: Option<Gap>,
}

/// Where numbers are missing below one of ours.
#[derive(Clone, Copy, Debug)]
struct Gap {
    /// The highest of ours when it was seen.
    up_to: u64,
    /// The last bulk that was begun then: later ones get higher numbers, so they can't fill it.
    last: u64,
}

/// A gap that no bulk under way can fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Doubt {
    /// The gap is above this number.
    pub(crate) after: u64,
    pub(crate) up_to: u64,
    /// Records of this restore between them.
    pub(crate) ours: u64,
}

impl Numbers {
    /// Above `highest` there is no record.
    pub(crate) fn new(highest: u64) -> Self {
        Self {
            settled: highest,
            above: BTreeSet::new(),
            gap: None,
        }
    }

    /// Every record up to this number was there before, or is of this restore.
    pub(crate) fn settled(&self) -> u64 {
        self.settled
    }

    /// Takes the numbers in the answer of a bulk; `last` is the last one that is begun.
    pub(crate) fn take(&mut self, entry: &Entry, last: u64) {
        let mut added = entry.added().peekable();
        if added.peek().is_none() {
            // Which records an upsert has added is not known, so nothing can be missing.
            let highest = entry.ids.iter().flatten().max();
            self.settled = self.settled.max(highest.copied().unwrap_or(0));
        }
        self.above.extend(added.filter(|id| *id > self.settled));
        self.advance(last);
    }

    /// The gap that is there although all bulks that could fill it are answered; `open` is the first that is not.
    pub(crate) fn doubt(&self, open: Option<u64>) -> Option<Doubt> {
        let is_lasting = |gap: &Gap| open.is_none_or(|open| open > gap.last);
        let gap = self.gap.filter(is_lasting)?;
        Some(Doubt {
            after: self.settled,
            up_to: gap.up_to,
            ours: self.above.range(..=gap.up_to).count() as u64,
        })
    }

    /// Nobody has records in the gap up to this number: a refused write uses up numbers, too.
    pub(crate) fn settle(&mut self, up_to: u64, last: u64) {
        self.above = self.above.split_off(&(up_to + 1));
        self.settled = up_to;
        self.advance(last);
    }

    fn advance(&mut self, last: u64) {
        while self.above.first() == Some(&(self.settled + 1)) {
            self.above.pop_first();
            self.settled += 1;
        }
        let settled = self.settled;
        self.gap = self.gap.filter(|gap| gap.up_to > settled);
        if self.gap.is_none() {
            let up_to = self.above.last().copied();
            self.gap = up_to.map(|up_to| Gap { up_to, last });
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::journal::Sent;

    /// The answer of a bulk that has added records.
    fn added(bulk: u64, ids: impl IntoIterator<Item = u64>) -> Entry {
        let ids: Vec<u64> = ids.into_iter().collect();
        let sent = Sent {
            place: 0,
            old: 0,
            added: true,
            now: None,
            revision: None,
            digest: String::new(),
        };
        Entry {
            bulk,
            window: bulk,
            at: Timestamp::UNIX_EPOCH,
            first: 0,
            next: 1,
            highest: 0,
            sent: vec![sent; ids.len()],
            unchanged: Vec::new(),
            files: 0,
            ids: Some(ids),
        }
    }

    #[test]
    fn a_bulk_that_is_answered_later_fills_the_gap() {
        let mut numbers = Numbers::new(10);
        numbers.take(&added(2, 14..=16), 3);
        assert_eq!((numbers.settled(), numbers.doubt(Some(1))), (10, None));
        numbers.take(&added(1, 11..=13), 3);
        assert_eq!((numbers.settled(), numbers.doubt(Some(3))), (16, None));
    }

    #[test]
    fn a_gap_that_nobody_under_way_can_fill_is_in_doubt_until_it_is_settled() {
        let mut numbers = Numbers::new(0);
        numbers.take(&added(1, [2, 3]), 2);
        assert_eq!(numbers.doubt(Some(2)), None, "the second bulk may fill it");
        // The third is begun afterwards.
        numbers.take(&added(2, [5]), 3);
        let doubt = Doubt {
            after: 0,
            up_to: 3,
            ours: 2,
        };
        assert_eq!(numbers.doubt(Some(3)), Some(doubt));
        numbers.settle(3, 3);
        assert_eq!((numbers.settled(), numbers.doubt(Some(3))), (3, None));
        let doubt = Doubt {
            after: 3,
            up_to: 5,
            ours: 1,
        };
        assert_eq!(numbers.doubt(None), Some(doubt));
    }

    #[test]
    fn an_upsert_that_may_have_added_records_leaves_no_doubt() {
        let mut numbers = Numbers::new(5);
        let mut changed = added(1, [3, 9]);
        for sent in &mut changed.sent {
            sent.added = false;
        }
        numbers.take(&changed, 1);
        assert_eq!((numbers.settled(), numbers.doubt(None)), (9, None));
    }
}

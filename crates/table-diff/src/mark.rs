//! What is compared: keys, times and row hashes, in the order of the keys.

/// One row's mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark<'a> {
    /// The encoded key; the order of the bytes is the order of the keys.
    pub key: &'a [u8],
    /// The time of change, in the unit of its type; `None` for NULL, or where there is no such column.
    pub time: Option<i64>,
    /// The row's hash, in which key and time need not be: they are compared beside it. 0 where only times are compared.
    pub hash: u64,
}

/// Marks in the order of their keys, some thousands at a time. It is filled again and again, so that a table of any size takes
/// no more memory than one batch.
#[derive(Debug, Default)]
pub struct MarkBatch {
    keys: Vec<u8>,
    /// Where each key ends in `keys`.
    ends: Vec<usize>,
    times: Vec<Option<i64>>,
    hashes: Vec<u64>,
}

impl MarkBatch {
    /// Forgets the marks and keeps the room.
    pub fn clear(&mut self) {
        self.keys.clear();
        self.ends.clear();
        self.times.clear();
        self.hashes.clear();
    }

    /// How many marks there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Where the next key is written to, encoded; [`MarkBatch::end_row`] ends it.
    pub fn key_mut(&mut self) -> &mut Vec<u8> {
        &mut self.keys
    }

    /// Ends the row whose key was written.
    pub fn end_row(&mut self, time: Option<i64>, hash: u64) {
        self.ends.push(self.keys.len());
        self.times.push(time);
        self.hashes.push(hash);
    }

    /// The mark number `index`, from 0.
    pub fn get(&self, index: usize) -> Option<Mark<'_>> {
        let end = *self.ends.get(index)?;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        Some(Mark {
            key: &self.keys[start..end],
            time: self.times[index],
            hash: self.hashes[index],
        })
    }
}

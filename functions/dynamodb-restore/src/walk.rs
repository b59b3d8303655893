//! The state that the backup holds in the end, item by item: what later windows changed or deleted is left out.

use std::collections::HashSet;

use dynamodb_format::{Change, Item};
use dynamodb_table::KeySchema;
use function_core::sha256_hex;

use crate::error::RestoreError;
use crate::read::{Lane, Sink, Turn, bad_line};
use crate::segment::Segment;
use crate::source::Source;

/// How many keys are held in memory at once. More are walked in several passes, each over a share of all keys.
pub(crate) const KEYS_MAX: u64 = 1_000_000;

/// So many lines of a file are walked however late it is, so that each invocation comes further.
const LINES_AT_LEAST: u64 = 100;

/// The state in the end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walk<'a> {
    pub(crate) source: &'a Source,
    pub(crate) key: &'a KeySchema,
    /// How many passes there are.
    pub(crate) passes: u32,
}

/// Takes the items of the state in the end.
pub(crate) trait Finals: Send {
    /// Takes an item.
    fn item(&mut self, item: Item) -> impl Future<Output = Result<(), RestoreError>> + Send;

    /// Whether this invocation must end. Asked between lines, of which some are walked all the same.
    fn is_late(&self) -> bool {
        false
    }
}

/// The keys of later windows, within a pass.
pub(crate) type Changed = HashSet<u128>;

impl<'a> Walk<'a> {
    /// A walk that holds only what a chain needs: the keys that windows changed.
    pub(crate) fn new(source: &'a Source, key: &'a KeySchema) -> Self {
        let windows = source.links.iter().filter(|link| !link.is_full);
        let files = windows.flat_map(|link| source.files[link.files.clone()].iter());
        let changed: u64 = files.filter_map(|file| file.lines).sum();
        Self {
            source,
            key,
            passes: passes(changed),
        }
    }

    /// The files in the order of a pass: those of the windows, the newest first, then those of the full export.
    pub(crate) fn order(&self) -> Vec<usize> {
        let (full, windows) = match self.source.links.split_first() {
            Some((full, windows)) => (full.files.clone(), windows),
            None => (0..0, [].as_slice()),
        };
        let windows = windows.iter().rev().flat_map(|link| link.files.clone());
        windows.chain(full).collect()
    }

    /// How many of these files are of windows.
    pub(crate) fn windows(&self) -> usize {
        let windows = self.source.links.iter().skip(1);
        windows.map(|link| link.files.len()).sum()
    }

    /// Walks lines of one file, and adds the keys of windows to `changed`. Gives the last line that was walked where the
    /// deadline of `finals` came before the end.
    ///
    /// # Errors
    /// The file can't be read; those of `finals`.
    pub(crate) async fn file(
        &self,
        segment: Segment,
        pass: u32,
        changed: &mut Changed,
        finals: &mut impl Finals,
    ) -> Result<Option<u64>, RestoreError> {
        let full = self.source.links.first();
        let mut lines = WalkedLines {
            walk: self,
            is_full: full.is_some_and(|link| link.files.contains(&segment.file)),
            pass,
            changed,
            finals,
            walked: 0,
        };
        let mut lane = Lane::open(&self.source.files[segment.file], segment, 0).await?;
        loop {
            match lane.turn(&mut lines).await? {
                Turn::More => {}
                Turn::Late => return Ok(Some(lane.last().max(segment.from - 1))),
                Turn::Ended => return Ok(None),
            }
        }
    }

    /// The key's hash, where it is of this pass. What has no key of the table is poison, and in no pass.
    fn hash(&self, pass: u32, item: &Item) -> Option<u128> {
        let key = self.key.key_of(item).ok()?;
        let hash = key_hash(&key);
        (self.pass_of(hash) == pass).then_some(hash)
    }

    /// The pass that a key belongs to.
    pub(crate) fn pass_of(&self, hash: u128) -> u32 {
        u32::try_from(hash % u128::from(self.passes.max(1))).unwrap_or(0)
    }
}

/// In how many passes so many keys are walked.
pub(crate) fn passes(keys: u64) -> u32 {
    u32::try_from(keys.div_ceil(KEYS_MAX))
        .unwrap_or(u32::MAX)
        .max(1)
}

/// The same for equal keys, whatever they were read from.
pub(crate) fn key_hash(key: &Item) -> u128 {
    let hex = sha256_hex(key.canonical_line().as_bytes());
    u128::from_str_radix(&hex[..32], 16).unwrap_or(0)
}

struct WalkedLines<'a, F> {
    walk: &'a Walk<'a>,
    /// Whether lines are items, not changes.
    is_full: bool,
    pass: u32,
    changed: &'a mut Changed,
    finals: &'a mut F,
    /// Lines that were walked now.
    walked: u64,
}

impl<F: Finals> WalkedLines<'_, F> {
    /// The item that a change leaves, if no newer window decided its key.
    fn of_window(&mut self, bytes: &[u8]) -> Result<Option<Item>, RestoreError> {
        let change = Change::parse(bytes).map_err(bad_line)?;
        let hash = self.walk.hash(self.pass, &change.keys);
        let is_new = hash.is_some_and(|hash| self.changed.insert(hash));
        Ok(change.new_image.filter(|_| is_new))
    }

    /// The item, if no window decided its key.
    fn of_full(&self, bytes: &[u8]) -> Result<Option<Item>, RestoreError> {
        let item = Item::parse(bytes).map_err(bad_line)?;
        if self.walk.passes == 1 && self.changed.is_empty() {
            return Ok(Some(item));
        }
        let is_final = match self.walk.hash(self.pass, &item) {
            Some(hash) => !self.changed.contains(&hash),
            // Without a key it is poison, which the first pass tells.
            None => self.pass == 0 && self.walk.key.key_of(&item).is_err(),
        };
        Ok(Some(item).filter(|_| is_final))
    }
}

impl<F: Finals> Sink for WalkedLines<'_, F> {
    async fn line(&mut self, _number: u64, bytes: &[u8]) -> Result<(), RestoreError> {
        self.walked += 1;
        let item = if self.is_full {
            self.of_full(bytes)?
        } else {
            self.of_window(bytes)?
        };
        match item {
            Some(item) => self.finals.item(item).await,
            None => Ok(()),
        }
    }

    fn is_late(&self) -> bool {
        self.walked >= LINES_AT_LEAST && self.finals.is_late()
    }
}

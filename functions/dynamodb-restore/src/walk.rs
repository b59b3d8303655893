//! The state that the backup holds in the end, item by item: what later windows changed or deleted is left out.
//!
//! Files without a manifest may hold a key twice. The same item again is left out; another item is told, because nothing tells
//! which of the two is right.

use std::collections::HashSet;

use dynamodb_format::{Change, Item};
use dynamodb_table::KeySchema;
use function_core::sha256_hex;
use serde::{Deserialize, Serialize};

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
    /// How many keys are held in memory at once, at most.
    keys_max: u64,
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

/// What lines that were walked before decide for others, within a pass.
#[derive(Default)]
pub(crate) struct Decided {
    /// Hashes of the keys of later windows; without manifests those of all keys, and of all items.
    pub(crate) hashes: HashSet<u128>,
    /// Lines that hold another item than an earlier line of their key.
    pub(crate) doubled: Vec<Doubled>,
}

/// A line of files without a manifest that holds another item than an earlier line of its key. It holds the key, so it goes to
/// the store, never to the log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Doubled {
    /// The file's address.
    pub(crate) object: String,
    pub(crate) line: u64,
    /// The key, as a canonical line.
    pub(crate) key: String,
}

impl<'a> Walk<'a> {
    /// A walk that holds only what a chain needs: the keys that windows changed.
    pub(crate) fn new(source: &'a Source, key: &'a KeySchema, keys_max: u64) -> Self {
        let windows = source.links.iter().filter(|link| !link.is_full);
        let files = windows.flat_map(|link| source.files[link.files.clone()].iter());
        let changed: u64 = files.filter_map(|file| file.lines).sum();
        Self {
            source,
            key,
            passes: passes(changed, keys_max),
            keys_max,
        }
    }

    /// The same, where no manifest tells that so many lines are to be walked: two hashes of each are held.
    pub(crate) fn with_lines(self, lines: u64) -> Self {
        if self.source.is_listed() {
            return self;
        }
        self.with_keys(lines.saturating_mul(2))
    }

    /// The same where so many keys are held, in no fewer passes than it has.
    pub(crate) fn with_keys(self, keys: u64) -> Self {
        let passes = passes(keys, self.keys_max).max(self.passes);
        Self { passes, ..self }
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

    /// From how many of these files hashes are held: those of windows, or all without manifests.
    pub(crate) fn deciding(&self) -> usize {
        if !self.source.is_listed() {
            return self.source.files.len();
        }
        let windows = self.source.links.iter().skip(1);
        windows.map(|link| link.files.len()).sum()
    }

    /// Walks lines of one file, and adds what they decide to `decided`. Gives the last line that was walked where the
    /// deadline of `finals` came before the end.
    ///
    /// # Errors
    /// The file can't be read; those of `finals`.
    pub(crate) async fn file(
        &self,
        segment: Segment,
        pass: u32,
        decided: &mut Decided,
        finals: &mut impl Finals,
    ) -> Result<Option<u64>, RestoreError> {
        let full = self.source.links.first();
        let mut lines = WalkedLines {
            walk: self,
            is_full: full.is_some_and(|link| link.files.contains(&segment.file)),
            file: segment.file,
            pass,
            decided,
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

/// In how many passes so many keys are walked, where `keys_max` are held at once.
pub(crate) fn passes(keys: u64, keys_max: u64) -> u32 {
    u32::try_from(keys.div_ceil(keys_max))
        .unwrap_or(u32::MAX)
        .max(1)
}

/// The same for equal keys, whatever they were read from.
pub(crate) fn key_hash(key: &Item) -> u128 {
    hash(&key.canonical_line())
}

/// The same for equal items, and never that of a key, even of an item that is nothing but its key.
pub(crate) fn item_hash(item: &Item) -> u128 {
    hash(&format!("item {}", item.canonical_line()))
}

fn hash(text: &str) -> u128 {
    let hex = sha256_hex(text.as_bytes());
    u128::from_str_radix(&hex[..32], 16).unwrap_or(0)
}

struct WalkedLines<'a, F> {
    walk: &'a Walk<'a>,
    /// Whether lines are items, not changes.
    is_full: bool,
    file: usize,
    pass: u32,
    decided: &'a mut Decided,
    finals: &'a mut F,
    /// Lines that were walked now.
    walked: u64,
}

impl<F: Finals> WalkedLines<'_, F> {
    /// The item that a change leaves, if no newer window decided its key.
    fn of_window(&mut self, bytes: &[u8]) -> Result<Option<Item>, RestoreError> {
        let change = Change::parse(bytes).map_err(bad_line)?;
        let hash = self.walk.hash(self.pass, &change.keys);
        let is_new = hash.is_some_and(|hash| self.decided.hashes.insert(hash));
        Ok(change.new_image.filter(|_| is_new))
    }

    /// The item, if no window decided its key.
    fn of_full(&mut self, number: u64, bytes: &[u8]) -> Result<Option<Item>, RestoreError> {
        let item = Item::parse(bytes).map_err(bad_line)?;
        let is_listed = self.walk.source.is_listed();
        if is_listed && self.walk.passes == 1 && self.decided.hashes.is_empty() {
            return Ok(Some(item));
        }
        let is_final = match self.walk.hash(self.pass, &item) {
            Some(hash) if is_listed => !self.decided.hashes.contains(&hash),
            Some(hash) => self.is_first(number, hash, &item),
            // Without a key it is poison, which the first pass tells.
            None => self.pass == 0 && self.walk.key.key_of(&item).is_err(),
        };
        Ok(Some(item).filter(|_| is_final))
    }

    /// Whether the item is the first of its key, which is told by `hash`. Another one after it is noted.
    fn is_first(&mut self, number: u64, hash: u128, item: &Item) -> bool {
        let whole = item_hash(item);
        let Decided { hashes, doubled } = &mut *self.decided;
        if hashes.insert(hash) {
            hashes.insert(whole);
            return true;
        }
        if !hashes.contains(&whole)
            && let Ok(key) = self.walk.key.key_of(item)
        {
            doubled.push(Doubled {
                object: self.walk.source.files[self.file].address(),
                line: number,
                key: key.canonical_line(),
            });
        }
        false
    }
}

impl<F: Finals> Sink for WalkedLines<'_, F> {
    async fn line(&mut self, number: u64, bytes: &[u8]) -> Result<(), RestoreError> {
        self.walked += 1;
        let item = if self.is_full {
            self.of_full(number, bytes)?
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

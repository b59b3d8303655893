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

    /// Whether this invocation must end. Asked between lines of the full export, of which some are walked all the same.
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

    /// The files of the full export, each of which can be walked by itself after [`Walk::windows`].
    pub(crate) fn full_files(&self) -> std::ops::Range<usize> {
        self.source
            .links
            .first()
            .map_or(0..0, |link| link.files.clone())
    }

    /// Walks the windows, the newest first, and gives the keys that they decide.
    ///
    /// # Errors
    /// A file can't be read; those of `finals`.
    pub(crate) async fn windows(
        &self,
        pass: u32,
        finals: &mut impl Finals,
    ) -> Result<Changed, RestoreError> {
        let mut changed = Changed::new();
        for link in self.source.links.iter().skip(1).rev() {
            for file in link.files.clone() {
                let mut sink = WindowLines {
                    walk: self,
                    pass,
                    changed: &mut changed,
                    finals: &mut *finals,
                };
                self.file(file, 0, &mut sink).await?;
            }
        }
        Ok(changed)
    }

    /// Walks one file of the full export, but for its first `settled` lines. Gives the last line that was walked where the
    /// deadline of `finals` came before the file's end.
    ///
    /// # Errors
    /// The file can't be read; those of `finals`.
    pub(crate) async fn full_file(
        &self,
        (file, settled): (usize, u64),
        pass: u32,
        changed: &Changed,
        finals: &mut impl Finals,
    ) -> Result<Option<u64>, RestoreError> {
        let mut sink = FullLines {
            walk: self,
            pass,
            changed,
            finals,
            walked: 0,
        };
        self.file(file, settled, &mut sink).await
    }

    async fn file(
        &self,
        file: usize,
        settled: u64,
        sink: &mut impl Sink,
    ) -> Result<Option<u64>, RestoreError> {
        let segment = Segment {
            file,
            from: 1,
            to: None,
        };
        let mut lane = Lane::open(&self.source.files[file], segment, settled).await?;
        loop {
            match lane.turn(sink).await? {
                Turn::More => {}
                Turn::Late => return Ok(Some(lane.last.max(settled))),
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

struct WindowLines<'a, F> {
    walk: &'a Walk<'a>,
    pass: u32,
    changed: &'a mut Changed,
    finals: &'a mut F,
}

impl<F: Finals> Sink for WindowLines<'_, F> {
    async fn line(&mut self, _number: u64, bytes: &[u8]) -> Result<(), RestoreError> {
        let change = Change::parse(bytes).map_err(bad_line)?;
        let Some(hash) = self.walk.hash(self.pass, &change.keys) else {
            return Ok(());
        };
        match change.new_image {
            Some(item) if self.changed.insert(hash) => self.finals.item(item).await,
            _ => {
                self.changed.insert(hash);
                Ok(())
            }
        }
    }
}

struct FullLines<'a, F> {
    walk: &'a Walk<'a>,
    pass: u32,
    changed: &'a Changed,
    finals: &'a mut F,
    /// Lines that were walked now.
    walked: u64,
}

impl<F: Finals> Sink for FullLines<'_, F> {
    async fn line(&mut self, _number: u64, bytes: &[u8]) -> Result<(), RestoreError> {
        self.walked += 1;
        let item = Item::parse(bytes).map_err(bad_line)?;
        if self.walk.passes > 1 || !self.changed.is_empty() {
            match self.walk.hash(self.pass, &item) {
                Some(hash) if !self.changed.contains(&hash) => {}
                // Without a key it is poison, which the first pass tells.
                None if self.pass == 0 && self.walk.key.key_of(&item).is_err() => {}
                _ => return Ok(()),
            }
        }
        self.finals.item(item).await
    }

    fn is_late(&self) -> bool {
        self.walked >= LINES_AT_LEAST && self.finals.is_late()
    }
}

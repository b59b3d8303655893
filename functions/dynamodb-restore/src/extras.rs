//! Deletes what the table holds and the backup does not, in bounded memory: in passes over shares of all keys.

use dynamodb_format::Item;
use dynamodb_table::{Description, Place, Scan, Tables, Write, Writer, WriterOptions};
use function_core::Clock;
use futures_util::TryStreamExt as _;
use jiff::Timestamp;

use crate::error::RestoreError;
use crate::keeper::Keeper;
use crate::progress::{Progress, Stage};
use crate::read::Turn;
use crate::segment::Segment;
use crate::source::Source;
use crate::walk::{Decided, Finals, Walk, key_hash};

/// Segments of the table that are read at the same time.
const SEGMENTS: u32 = 8;

/// So many invocations in which not one item was deleted are no delay but a bound that is too low.
const UNFINISHED_MAX: u32 = 3;

/// A table that is being freed of what the backup does not have.
pub(crate) struct Deleting<'a> {
    pub(crate) tables: &'a Tables,
    pub(crate) target: &'a Description,
    pub(crate) source: &'a Source,
    pub(crate) options: WriterOptions,
    /// How many keys are held in memory at once, at most.
    pub(crate) keys_max: u64,
    pub(crate) keeper: &'a mut Keeper,
    pub(crate) progress: &'a Progress,
    pub(crate) clock: &'a Clock,
    pub(crate) deadline: Timestamp,
}

impl Deleting<'_> {
    /// Deletes on until all is deleted or the deadline is near; a pass is whole or begins anew.
    ///
    /// # Errors
    /// The backup or the table can't be read, or the table not written. Nothing is deleted in a pass before all of its
    /// keys are known from the backup.
    pub(crate) async fn run(mut self) -> Result<Turn, RestoreError> {
        let walk = Walk::new(self.source, &self.target.key, self.keys_max);
        let walk = walk.with_keys(self.source.lines().unwrap_or(0));
        let passes = walk.passes;
        while self.keeper.checkpoint.extras.passes < passes {
            let (turn, deleted) = self
                .pass(&walk, self.keeper.checkpoint.extras.passes)
                .await?;
            let extras = &mut self.keeper.checkpoint.extras;
            extras.deleted += deleted;
            if turn == Turn::Late {
                extras.unfinished = if deleted > 0 {
                    0
                } else {
                    extras.unfinished + 1
                };
                if extras.unfinished >= UNFINISHED_MAX {
                    return Err(RestoreError::Stopped(format!(
                        "{UNFINISHED_MAX} invocations were too short to read the keys of the backup and of the table; raise \
                         INVOCATION_TIME, or send the same request from a machine where it has no bound"
                    )));
                }
                self.keeper.save().await?;
                return Ok(Turn::More);
            }
            extras.passes += 1;
            extras.unfinished = 0;
            extras.is_done = extras.passes >= passes;
            self.keeper.save().await?;
            if self.clock.now() >= self.deadline && !self.keeper.checkpoint.extras.is_done {
                return Ok(Turn::More);
            }
        }
        self.keeper.checkpoint.extras.is_done = true;
        Ok(Turn::Ended)
    }

    /// Whether the pass ended or the deadline came first, and how many items it deleted.
    async fn pass(&mut self, walk: &Walk<'_>, pass: u32) -> Result<(Turn, u64), RestoreError> {
        self.progress.begin(Stage::Deleting, 0, self.source.lines());
        let mut keys = Keys {
            walk,
            pass,
            hashes: Vec::new(),
            clock: self.clock,
            deadline: self.deadline,
        };
        let mut decided = Decided::default();
        for file in walk.order() {
            let whole = Segment::whole(file);
            let stopped = walk.file(whole, pass, &mut decided, &mut keys).await?;
            if stopped.is_some() {
                return Ok((Turn::Late, 0));
            }
        }
        keys.hashes.sort_unstable();
        let mut writer = self.tables.writer(self.target, self.options.clone());
        let turn = self.delete_others(&keys, &mut writer).await?;
        writer.flush().await?;
        if let Some(poison) = writer.poisoned().first() {
            return Err(RestoreError::Stopped(format!(
                "an item could not be deleted: {}",
                poison.reason
            )));
        }
        Ok((turn, writer.totals().deleted))
    }

    async fn delete_others(
        &self,
        keys: &Keys<'_>,
        writer: &mut Writer,
    ) -> Result<Turn, RestoreError> {
        let scan = Scan {
            segments: 0..SEGMENTS,
            total_segments: SEGMENTS,
            is_consistent: true,
            keys_only: true,
        };
        let mut pages = std::pin::pin!(self.tables.scan(self.target, &scan));
        let mut line = 0;
        while let Some(page) = pages.try_next().await? {
            if keys.is_late() {
                return Ok(Turn::Late);
            }
            self.progress.more(page.len() as u64);
            for key in page {
                let hash = key_hash(&key);
                if keys.walk.pass_of(hash) == keys.pass && keys.hashes.binary_search(&hash).is_err()
                {
                    line += 1;
                    writer
                        .send(Place { file: 0, line }, Write::Delete(key))
                        .await?;
                }
            }
        }
        Ok(Turn::Ended)
    }
}

/// The hashes of the backup's keys, within a pass.
struct Keys<'a> {
    walk: &'a Walk<'a>,
    pass: u32,
    hashes: Vec<u128>,
    clock: &'a Clock,
    deadline: Timestamp,
}

impl Finals for Keys<'_> {
    async fn item(&mut self, item: Item) -> Result<(), RestoreError> {
        // What has no key of the table can't be in it.
        if let Ok(key) = self.walk.key.key_of(&item) {
            let hash = key_hash(&key);
            if self.walk.pass_of(hash) == self.pass {
                self.hashes.push(hash);
            }
        }
        Ok(())
    }

    fn is_late(&self) -> bool {
        self.clock.now() >= self.deadline
    }
}

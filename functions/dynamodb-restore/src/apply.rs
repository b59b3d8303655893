//! Writes a share: files interleaved, each line once, and how far it came kept every few seconds.

use std::time::Duration;

use dynamodb_format::Change;
use dynamodb_table::{Line, Place, Write, Writer};
use function_core::Clock;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::checkpoint::{Counts, Share};
use crate::error::RestoreError;
use crate::keeper::Keeper;
use crate::poison;
use crate::progress::Progress;
use crate::read::{Lane, Sink, Turn, bad_line};
use crate::segment::Segment;
use crate::source::Source;

/// Files that are read at the same time. Each is one partition's range of keys, so this many partitions are written.
const LANES: usize = 8;

/// How often the checkpoint is kept.
const SAVE_EVERY: Duration = Duration::from_secs(2);

/// How many bytes of poison are held before they are stored, give or take what was under way.
const POISON_BYTES_MAX: usize = 4 * 1024 * 1024;

/// So many lines one after the other that can't be written are no fault of the items.
const POISON_IN_A_ROW: u64 = 1000;

/// A share that is being written.
pub(crate) struct Writing<'a> {
    pub(crate) source: &'a Source,
    pub(crate) segments: &'a [Segment],
    writer: Writer,
    pub(crate) keeper: &'a mut Keeper,
    pub(crate) progress: &'a Progress,
    pub(crate) clock: &'a Clock,
    /// When this invocation saves and ends.
    pub(crate) deadline: Timestamp,
    /// What was counted by earlier invocations.
    before: Counts,
    poison: poison::Held,
    /// Lines that were settled, and poisoned ones among them, when the last one was written.
    sound: (u64, u64),
    /// Segments that were begun by this invocation, and are not settled to their end.
    begun: Vec<usize>,
    /// Segments that are read, and their last lines that were sent.
    read: Vec<(usize, u64)>,
    saved: Instant,
}

/// What a share is written with.
pub(crate) struct Means<'a> {
    pub(crate) writer: Writer,
    pub(crate) keeper: &'a mut Keeper,
    pub(crate) progress: &'a Progress,
    pub(crate) clock: &'a Clock,
    pub(crate) deadline: Timestamp,
}

impl<'a> Writing<'a> {
    pub(crate) fn new(source: &'a Source, segments: &'a [Segment], means: Means<'a>) -> Self {
        let Means {
            writer,
            keeper,
            progress,
            clock,
            deadline,
        } = means;
        Self {
            source,
            segments,
            before: keeper.checkpoint.share.counts,
            writer,
            keeper,
            progress,
            clock,
            deadline,
            poison: poison::Held::default(),
            sound: (0, 0),
            begun: Vec::new(),
            read: Vec::new(),
            saved: Instant::now(),
        }
    }

    /// Writes on until all is written or the deadline is near. What is settled is kept, also after an error.
    ///
    /// # Errors
    /// A file is damaged, the table can't be written, or the run is lost.
    pub(crate) async fn write(mut self) -> Result<Turn, RestoreError> {
        let written = self.links().await;
        if let Err(error) = &written
            && error.is_of_backup()
        {
            // Nothing is under way then, so whoever goes on can tell from the counts whether somebody else wrote.
            self.keeper.checkpoint.is_exact = self.writer.flush().await.is_ok();
        }
        self.collect();
        let saved = self.save().await;
        let turn = written?;
        saved?;
        Ok(turn)
    }

    /// One export after the other: what a window changed must come after what the exports before it wrote.
    async fn links(&mut self) -> Result<Turn, RestoreError> {
        for link in 0..self.source.links.len() {
            if self.link(link).await? == Turn::More {
                return Ok(Turn::More);
            }
        }
        Ok(Turn::Ended)
    }

    async fn link(&mut self, link: usize) -> Result<Turn, RestoreError> {
        let source = self.source;
        let segments = self.segments;
        let wanted = source.links[link].files.clone();
        let is_full = source.links[link].is_full;
        let left: Vec<usize> = (0..segments.len())
            .filter(|position| wanted.contains(&segments[*position].file))
            .filter(|position| !self.share().is_done(*position))
            .collect();
        let mut left = left.into_iter();
        let mut lanes: Vec<(usize, Lane<'_>)> = Vec::with_capacity(LANES);
        loop {
            while lanes.len() < LANES
                && let Some(position) = left.next()
            {
                let segment = segments[position];
                let settled = self.share().settled(position);
                self.begun.push(position);
                lanes.push((
                    position,
                    Lane::open(&source.files[segment.file], segment, settled).await?,
                ));
            }
            if lanes.is_empty() {
                self.writer.flush().await?;
                self.collect();
                return Ok(Turn::Ended);
            }
            if self.round(&mut lanes, is_full).await? == Turn::Late {
                self.writer.flush().await?;
                return Ok(Turn::More);
            }
        }
    }

    /// A little of each file; late where the deadline came meanwhile.
    async fn round(
        &mut self,
        lanes: &mut Vec<(usize, Lane<'_>)>,
        is_full: bool,
    ) -> Result<Turn, RestoreError> {
        let mut index = 0;
        while index < lanes.len() {
            let (position, lane) = &mut lanes[index];
            let mut items = Items {
                writing: self,
                position: *position,
                is_full,
            };
            match lane.turn(&mut items).await? {
                Turn::More => index += 1,
                Turn::Late => return Ok(Turn::Late),
                Turn::Ended => {
                    let (position, lane) = lanes.swap_remove(index);
                    tracing::debug!(object = lane.object(), "file read");
                    self.read.push((position, lane.last()));
                }
            }
        }
        Ok(Turn::More)
    }

    /// Notes before the first line is sent that lines are sent.
    async fn note_writing(&mut self) -> Result<(), RestoreError> {
        let checkpoint = &mut self.keeper.checkpoint;
        if checkpoint.is_writing && !checkpoint.is_exact {
            return Ok(());
        }
        checkpoint.is_writing = true;
        checkpoint.is_exact = false;
        self.keeper.save().await
    }

    /// Keeps the checkpoint from time to time. At a low rate a few lines take that long.
    async fn save_in_time(&mut self) -> Result<(), RestoreError> {
        self.take_poison();
        if self.saved.elapsed() >= SAVE_EVERY || self.poison.bytes() >= POISON_BYTES_MAX {
            self.collect();
            self.save().await?;
        }
        self.check_poison()
    }

    /// Where nothing at all can be written, a thousand items tell it as well as all.
    fn check_poison(&mut self) -> Result<(), RestoreError> {
        let totals = self.writer.totals();
        let written = totals.written + totals.left_alone + totals.deleted;
        if written > self.sound.0 {
            self.sound = (written, totals.poisoned);
        }
        let in_a_row = totals.poisoned - self.sound.1;
        if in_a_row < POISON_IN_A_ROW {
            return Ok(());
        }
        Err(RestoreError::Stopped(format!(
            "{in_a_row} items one after the other can't be written, the last one because of {}; see *.poison-*.ndjson beside \
             the run record, put the table right, then send the request with \"force\": true",
            self.poison.code()
        )))
    }

    fn take_poison(&mut self) {
        let Self {
            writer,
            source,
            segments,
            poison,
            ..
        } = self;
        let objects = |position: u32| source.files[segments[position as usize].file].address();
        poison.take(writer.poisoned(), objects);
    }

    /// Notes what is settled meanwhile, and takes over what can't be written.
    fn collect(&mut self) {
        let Self {
            writer,
            keeper,
            read,
            begun,
            ..
        } = self;
        let share = &mut keeper.checkpoint.share;
        for position in begun.iter().copied() {
            share.settle(position, writer.settled(file(position)));
        }
        read.retain(|(position, last)| {
            let is_settled = share.settled(*position) >= *last;
            if is_settled {
                share.finish(*position);
            }
            !is_settled
        });
        begun.retain(|position| !share.is_done(*position));
        self.take_poison();
    }

    /// Stores the poison, then keeps the checkpoint, which counts it as settled.
    async fn save(&mut self) -> Result<(), RestoreError> {
        let share = &mut self.keeper.checkpoint.share;
        share.counts = self.before.plus(self.writer.totals().into());
        if let Some(content) = self.poison.take_content() {
            let number = share.poison_files;
            self.keeper
                .put_beside(&format!("poison-{number}.ndjson"), content)
                .await?;
            self.keeper.checkpoint.share.poison_files += 1;
        }
        self.keeper.save().await?;
        self.saved = Instant::now();
        Ok(())
    }

    fn share(&self) -> &Share {
        &self.keeper.checkpoint.share
    }
}

/// The writer's number for the segment at a place in the share.
fn file(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// Sends the lines of one segment.
struct Items<'a, 'writing> {
    writing: &'a mut Writing<'writing>,
    position: usize,
    is_full: bool,
}

impl Sink for Items<'_, '_> {
    async fn line(&mut self, number: u64, bytes: &[u8]) -> Result<(), RestoreError> {
        let write = if self.is_full {
            Write::Put(Line::parse(bytes).map_err(bad_line)?)
        } else {
            let change = Change::parse(bytes).map_err(bad_line)?;
            match change.new_image {
                Some(item) => Write::Put(Line::from(item)),
                None => Write::Delete(change.keys),
            }
        };
        let place = Place {
            file: file(self.position),
            line: number,
        };
        self.writing.note_writing().await?;
        self.writing.writer.send(place, write).await?;
        self.writing.progress.more(1);
        self.writing.save_in_time().await
    }

    fn is_late(&self) -> bool {
        self.writing.clock.now() >= self.writing.deadline
    }
}

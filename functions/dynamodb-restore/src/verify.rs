//! Whether the table holds what the backup holds: counted, sampled, or item by item.
//!
//! | | the table is to hold the backup and nothing else | it held other items |
//! |---|---|---|
//! | `count` | a scan counts as many items | a scan counts at least as many |
//! | `sample` | the same, and about a thousand items are compared | about a thousand items are compared |
//! | `full` | a scan has the digest of the backup; if not, every item is compared | every item is compared |

mod compare;
mod sum;
mod verdict;

use std::time::Duration;

use dynamodb_format::Digest;
use dynamodb_table::{Description, Scan, Tables};
use function_core::Clock;
use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::config::Verify;
use crate::error::RestoreError;
use crate::keeper::Keeper;
use crate::progress::{Progress, Stage};
use crate::walk::{Finals, Walk};
pub(crate) use compare::{Compared, Policy};
use sum::{Noted, Nothing, Sum};
pub(crate) use verdict::Verdict;

/// Segments of the table that are read at the same time.
const SEGMENTS_AT_ONCE: u32 = 8;

/// About how many items a segment has, so that a scan can be gone on with.
const SEGMENT_ITEMS: u64 = 20_000;

/// How often the checkpoint is kept.
const SAVE_EVERY: Duration = Duration::from_secs(2);

/// How far the table is read back, for whoever goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reading {
    pub(crate) verify: Verify,
    /// The backup, read again.
    pub(crate) backup: Part,
    /// The table.
    pub(crate) table: Part,
    /// Into how many segments the table is cut.
    total_segments: u32,
    /// Items one by one, where that was needed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) compared: Option<Compared>,
}

/// One of two sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Part {
    /// Of the backup: the pass over its keys.
    pub(crate) pass: u32,
    /// Files, or segments, that are read.
    pub(crate) next: u64,
    /// Lines of the next file that are read, too.
    #[serde(default)]
    pub(crate) line: u64,
    pub(crate) is_done: bool,
    pub(crate) items: u64,
    pub(crate) digest: Digest,
}

/// How far a walk of the backup is.
#[derive(Clone, Copy, Debug)]
struct At {
    pass: u32,
    file: u64,
    line: u64,
}

/// When an invocation ends.
#[derive(Clone, Copy, Debug)]
struct Late<'a> {
    clock: &'a Clock,
    deadline: Timestamp,
}

impl Late<'_> {
    fn is_late(self) -> bool {
        self.clock.now() >= self.deadline
    }
}

/// A table that is being read back.
pub(crate) struct Check<'a> {
    pub(crate) tables: &'a Tables,
    pub(crate) target: &'a Description,
    pub(crate) walk: Walk<'a>,
    pub(crate) verify: Verify,
    /// Whether the table is to hold the backup and nothing else.
    pub(crate) is_exact: bool,
    pub(crate) policy: Policy,
    /// Items that the mode left alone.
    pub(crate) left_alone: u64,
    pub(crate) keeper: &'a mut Keeper,
    pub(crate) progress: &'a Progress,
    pub(crate) clock: &'a Clock,
    pub(crate) deadline: Timestamp,
}

impl<'a> Check<'a> {
    /// Reads on until there is a verdict; `None` where the deadline came first.
    ///
    /// # Errors
    /// The backup or the table can't be read, or the run is lost.
    pub(crate) async fn run(&mut self) -> Result<Option<Verdict>, RestoreError> {
        let mut reading = self.begun();
        let outcome = self.stages(&mut reading).await;
        self.keep(&reading).await?;
        Ok(outcome?.then(|| self.verdict(&reading)))
    }

    fn begun(&self) -> Reading {
        let before = self.keeper.checkpoint.reading.clone();
        before
            .filter(|reading| reading.verify == self.verify)
            .unwrap_or_else(|| Reading {
                verify: self.verify,
                backup: Part::default(),
                table: Part::default(),
                total_segments: SEGMENTS_AT_ONCE,
                compared: None,
            })
    }

    /// Whether all of it is done.
    async fn stages(&mut self, reading: &mut Reading) -> Result<bool, RestoreError> {
        let counts = self.verify == Verify::Count || self.is_exact;
        if counts && !(self.backup(reading).await? && self.table(reading).await?) {
            return Ok(false);
        }
        let is_same = reading.backup.digest == reading.table.digest
            && reading.backup.items == reading.table.items;
        let one_by_one = match self.verify {
            Verify::Count => false,
            Verify::Sample => true,
            Verify::Full => !(self.is_exact && is_same),
        };
        if one_by_one {
            self.compare(reading).await
        } else {
            Ok(true)
        }
    }

    /// Counts the backup's items; for `full` with their digest. Without digest, manifests tell the count of a full export.
    async fn backup(&mut self, reading: &mut Reading) -> Result<bool, RestoreError> {
        let wants_digest = self.verify == Verify::Full;
        let told = self
            .walk
            .source
            .lines()
            .filter(|_| !self.walk.source.is_chain() && !wants_digest);
        if let Some(items) = told {
            reading.backup = Part {
                items,
                is_done: true,
                ..Part::default()
            };
            return Ok(true);
        }
        self.progress.begin(
            Stage::ReadingBackup,
            reading.backup.items,
            self.walk.source.lines(),
        );
        let mut sum = Sum {
            part: reading.backup,
            wants_digest,
            progress: self.progress,
            late: self.late(),
        };
        while !sum.part.is_done {
            let at = At {
                pass: sum.part.pass,
                file: sum.part.next,
                line: sum.part.line,
            };
            let next = self.files(at, &mut sum, reading).await?;
            sum.note(reading, next.at);
            reading.backup.is_done = next.is_done;
            sum.part = reading.backup;
            if !next.is_done && next.is_late {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Counts the table's items; for `full` with their digest.
    async fn table(&mut self, reading: &mut Reading) -> Result<bool, RestoreError> {
        let wants_digest = self.verify == Verify::Full;
        self.progress.begin(
            Stage::ReadingTable,
            reading.table.items,
            Some(reading.backup.items),
        );
        if reading.table.next == 0 {
            // What no manifest tells is counted by now.
            reading.total_segments =
                segments(reading.backup.items.max(self.target.item_count_hint));
        }
        let total = u64::from(reading.total_segments);
        let mut saved = Instant::now();
        while !reading.table.is_done {
            let from = u32::try_from(reading.table.next).unwrap_or(u32::MAX);
            let to = (from + SEGMENTS_AT_ONCE).min(reading.total_segments);
            let scan = Scan {
                segments: from..to,
                total_segments: reading.total_segments,
                is_consistent: true,
                keys_only: !wants_digest,
            };
            let mut sum = Sum {
                part: reading.table,
                wants_digest,
                progress: self.progress,
                late: self.late(),
            };
            let mut pages = std::pin::pin!(self.tables.scan(self.target, &scan));
            while let Some(page) = pages.try_next().await? {
                for item in page {
                    sum.item(item).await?;
                }
            }
            reading.table = sum.part;
            reading.table.next = u64::from(to);
            reading.table.is_done = reading.table.next >= total;
            if !reading.table.is_done && self.clock.now() >= self.deadline {
                return Ok(false);
            }
            if saved.elapsed() >= SAVE_EVERY {
                self.keep(reading).await?;
                saved = Instant::now();
            }
        }
        Ok(true)
    }

    /// Compares items one by one: all, or of a sample.
    async fn compare(&mut self, reading: &mut Reading) -> Result<bool, RestoreError> {
        let compared = reading.compared.clone().unwrap_or_default();
        let policy = self.policy.clone();
        self.progress
            .begin(Stage::Comparing, compared.items, self.walk.source.lines());
        let step = match self.verify {
            Verify::Sample => {
                let counted = reading.backup.is_done.then_some(reading.backup.items);
                compare::sample_step(self.walk.source.lines().or(counted))
            }
            Verify::Count | Verify::Full => 1,
        };
        let mut comparing = compare::Comparing {
            tables: self.tables,
            target: self.target,
            policy: &policy,
            step,
            compared,
            batch: Vec::new(),
            batch_bytes: 0,
            progress: self.progress,
            late: self.late(),
        };
        while !comparing.compared.is_done {
            let at = At {
                pass: comparing.compared.pass,
                file: comparing.compared.next,
                line: comparing.compared.line,
            };
            let next = self.files(at, &mut comparing, reading).await?;
            comparing.flush().await?;
            comparing.compared = Compared {
                pass: next.at.pass,
                next: next.at.file,
                line: next.at.line,
                is_done: next.is_done,
                ..comparing.compared
            };
            reading.compared = Some(comparing.compared.clone());
            if !next.is_done && next.is_late {
                return Ok(false);
            }
        }
        reading.compared = Some(comparing.compared);
        Ok(true)
    }

    /// Walks files of the backup from `at` on, until they end or the deadline comes. Where this ends, all walked items count.
    async fn files(
        &mut self,
        at: At,
        finals: &mut (impl Finals + Noted),
        reading: &mut Reading,
    ) -> Result<Next, RestoreError> {
        let pass = at.pass;
        let files = self.walk.full_files();
        let mut saved = Instant::now();
        // What windows decide is walked at the start of a pass; later only their keys are needed.
        let changed = if at.file == 0 && at.line == 0 {
            self.walk.windows(pass, finals).await?
        } else {
            self.walk.windows(pass, &mut Nothing).await?
        };
        finals.settle().await?;
        let mut at = at;
        let walked = usize::try_from(at.file).unwrap_or(usize::MAX);
        for file in files.clone().skip(walked) {
            let stopped = self
                .walk
                .full_file((file, at.line), pass, &changed, finals)
                .await?;
            at = match stopped {
                Some(line) => At { line, ..at },
                None => At {
                    file: at.file + 1,
                    line: 0,
                    ..at
                },
            };
            let is_late = stopped.is_some() || self.late().is_late();
            let is_last = stopped.is_none() && file + 1 == files.end;
            if is_last || !(is_late || saved.elapsed() >= SAVE_EVERY) {
                continue;
            }
            finals.settle().await?;
            if is_late {
                return Ok(Next {
                    at,
                    is_done: false,
                    is_late,
                });
            }
            finals.note(reading, at);
            self.keep(reading).await?;
            saved = Instant::now();
        }
        Ok(Next {
            at: At {
                pass: pass + 1,
                file: 0,
                line: 0,
            },
            is_done: pass + 1 >= self.walk.passes,
            is_late: self.late().is_late(),
        })
    }

    fn late(&self) -> Late<'a> {
        Late {
            clock: self.clock,
            deadline: self.deadline,
        }
    }

    async fn keep(&mut self, reading: &Reading) -> Result<(), RestoreError> {
        self.keeper.checkpoint.reading = Some(reading.clone());
        self.keeper.save().await
    }
}

/// Into how many segments a table of so many items is cut.
fn segments(items: u64) -> u32 {
    let segments = (items / SEGMENT_ITEMS).clamp(u64::from(SEGMENTS_AT_ONCE), 4096);
    u32::try_from(segments).unwrap_or(SEGMENTS_AT_ONCE)
}

/// Where a walk goes on.
struct Next {
    at: At,
    is_done: bool,
    is_late: bool,
}

//! Whether the table holds what the backup holds: counted, sampled, or item by item.
//!
//! | | the table is to hold the backup and nothing else | it held other items |
//! |---|---|---|
//! | `count` | a scan counts as many items | a scan counts at least as many |
//! | `sample` | the same, and about a thousand items are compared | about a thousand items are compared |
//! | `full` | a scan has the digest of the backup; if not, every item is compared | every item is compared |

mod compare;
mod pass;
mod sum;
mod table;
mod verdict;

use std::collections::BTreeSet;
use std::time::Duration;

use dynamodb_format::Digest;
use dynamodb_table::{Description, Tables};
use function_core::Clock;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::config::Verify;
use crate::error::RestoreError;
use crate::keeper::Keeper;
use crate::progress::{Progress, Stage};
use crate::walk::{Doubled, Walk};
pub(crate) use compare::{Compared, Policy};
use sum::{Noted as _, Sum};
use table::SEGMENTS_AT_ONCE;
pub(crate) use verdict::Verdict;

/// How often the checkpoint is kept.
const SAVE_EVERY: Duration = Duration::from_secs(2);

/// How many differences are named.
const NAMED: usize = 20;

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
    /// The first lines that hold another item than an earlier line of their key.
    #[serde(skip_serializing_if = "BTreeSet::is_empty", default)]
    doubled: BTreeSet<Doubled>,
}

impl Reading {
    /// Notes such lines. The backup is walked more than once, so a line may be found again.
    fn note_doubled(&mut self, found: &mut Vec<Doubled>) {
        for line in found.drain(..) {
            if self.doubled.len() < NAMED {
                self.doubled.insert(line);
            }
        }
    }
}

/// One of two sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Part {
    /// Of the backup: the pass over its keys.
    pub(crate) pass: u32,
    /// Files in the order of a pass, or segments, that are read.
    pub(crate) next: u64,
    /// Lines of the next file that are read, too.
    #[serde(default)]
    pub(crate) line: u64,
    pub(crate) is_done: bool,
    pub(crate) items: u64,
    pub(crate) digest: Digest,
}

/// How far a walk of the backup is: so many files of a pass in their order, and so many lines of the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
                doubled: BTreeSet::new(),
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

//! The stages of a restore: written, freed of extras, read back.

use dynamodb_table::{Description, Mode, WriterOptions};
use function_core::RunState;

use crate::apply::{Means, Writing};
use crate::error::RestoreError;
use crate::extras::Deleting;
use crate::job::{Job, Stopped};
use crate::keeper::Keeper;
use crate::plan::minutes;
use crate::progress::Stage;
use crate::read::Turn;
use crate::request::WriteMode;
use crate::segment::{Segment, shares};
use crate::source::Source;
use crate::tell::BadEnd;
use crate::verify::{Check, Policy};
use crate::walk::Walk;

/// How many parts write at the same time, at most: `MaxConcurrency` of the state machine. They share the rate.
const PARTS_AT_ONCE: usize = 100;

impl Job<'_> {
    /// All that is left: write, delete, read back.
    pub(crate) async fn go_on(&self, keeper: &mut Keeper) -> Result<Stopped, RestoreError> {
        if let Some(stopped) = self.too_often(keeper) {
            return Ok(stopped);
        }
        if self.ask.import {
            return self.import_and_check(keeper).await;
        }
        let share = self.share(1, 0);
        match self.write(keeper, &share, 1).await? {
            Stopped::Done => {}
            stopped => return Ok(stopped),
        }
        self.finish(keeper).await
    }

    /// Deletes what the backup does not have, and reads the table back.
    pub(crate) async fn finish(&self, keeper: &mut Keeper) -> Result<Stopped, RestoreError> {
        let target = self.target()?;
        self.check_hold().await?;
        if self.ask.delete_extras && !keeper.checkpoint.extras.is_done {
            let deleting = Deleting {
                tables: &self.function.tables,
                target,
                source: &self.source,
                options: self.options(1),
                keys_max: self.function.keys_max,
                keeper,
                progress: &self.function.progress,
                clock: &self.function.clock,
                deadline: self.deadline,
            };
            if deleting.run().await? == Turn::More {
                return Ok(Stopped::Underway(deleted(keeper)));
            }
        }
        self.check(keeper, target).await
    }

    /// Reads the table back.
    pub(crate) async fn check(
        &self,
        keeper: &mut Keeper,
        target: &Description,
    ) -> Result<Stopped, RestoreError> {
        let was_empty = keeper
            .checkpoint
            .opened
            .as_ref()
            .is_some_and(|opened| opened.was_empty);
        let left_alone = keeper.checkpoint.share.counts.left_alone;
        let poisoned = keeper.checkpoint.share.counts.poisoned;
        let lines = keeper.checkpoint.share.counts.settled();
        let policy = match (self.ask.mode, &self.ask.newer_by) {
            _ if was_empty => Policy::Same,
            (WriteMode::SkipExisting, _) => Policy::There,
            (WriteMode::OnlyNewer, Some(attribute)) => Policy::NotOlder(attribute.clone()),
            _ => Policy::Same,
        };
        let mut check = Check {
            tables: &self.function.tables,
            target,
            walk: Walk::new(&self.source, &target.key, self.function.keys_max).with_lines(lines),
            verify: self.ask.verify,
            is_exact: self.ask.is_exact() || was_empty,
            policy,
            left_alone,
            keeper,
            progress: &self.function.progress,
            clock: &self.function.clock,
            deadline: self.deadline,
        };
        let Some(verdict) = check.run().await? else {
            return Ok(Stopped::Underway(read_back(keeper)));
        };
        let address = keeper
            .put_json("verification.json", &verdict.report)
            .await?;
        tracing::info!(
            items = verdict.items,
            faults = verdict.faults.len(),
            address,
            "table read back"
        );
        keeper.checkpoint.share.counts.read_back = verdict.items;
        keeper.warnings = verdict.warnings;
        if poisoned > 0 {
            return Ok(Stopped::Bad(poison(keeper, poisoned, &verdict.faults)));
        }
        if verdict.faults.is_empty() {
            return Ok(Stopped::Done);
        }
        let emptied = match self.ask.mode {
            WriteMode::EmptyOnly => "after emptying the table, ",
            _ => "",
        };
        if verdict.is_of_backup {
            return Ok(Stopped::Bad(contradictory(
                &address,
                &verdict.faults,
                emptied,
            )));
        }
        // Whoever asks again reads again.
        keeper.checkpoint.reading = None;
        Ok(Stopped::Bad(BadEnd {
            state: RunState::Incomplete,
            what_happened: verdict.faults.join("; "),
            what_to_do: format!(
                "see {address}, which names the first differences; send the same request to read the table back again, or, \
                 {emptied}with \"force\": true, to write all again"
            ),
            settled: false,
        }))
    }

    /// Writes a share on.
    pub(crate) async fn write(
        &self,
        keeper: &mut Keeper,
        share: &[Segment],
        working: usize,
    ) -> Result<Stopped, RestoreError> {
        if keeper.checkpoint.share.finished() >= share.len() {
            return Ok(Stopped::Done);
        }
        let target = self.target()?;
        self.check_hold().await?;
        let opened = keeper.checkpoint.opened.as_ref();
        if opened.is_some_and(|opened| opened.table_id != target.id) {
            return Err(RestoreError::Stopped(format!(
                "table {} was made anew since the restore was opened; send it again, to open another one",
                target.name
            )));
        }
        let total = share_lines(&self.source, share);
        let before = keeper.checkpoint.share.counts;
        let progress = &self.function.progress;
        progress.begin(
            Stage::Writing,
            before.written + before.left_alone + before.deleted,
            total,
        );
        let began = self.function.clock.now();
        let tables = &self.function.tables;
        let mut options = self.options(working);
        if keeper.checkpoint.is_careful && options.mode == Mode::Put {
            options.mode = Mode::PutAbsent;
        }
        let means = Means {
            writer: tables.writer(target, options),
            keeper,
            progress,
            clock: &self.function.clock,
            deadline: self.deadline,
        };
        let turn = Writing::new(&self.source, share, means).write().await?;
        if turn == Turn::Ended {
            return Ok(Stopped::Done);
        }
        let now = keeper.checkpoint.share.counts;
        let seconds = self
            .function
            .clock
            .now()
            .duration_since(began)
            .as_secs_f64();
        Ok(Stopped::Underway(written(
            now.settled(),
            now.settled() - before.settled(),
            total,
            seconds,
        )))
    }

    fn options(&self, working: usize) -> WriterOptions {
        let config = &self.function.config;
        #[expect(clippy::cast_precision_loss, reason = "there are 100 at most")]
        let parts = working.clamp(1, PARTS_AT_ONCE) as f64;
        WriterOptions {
            mode: self.ask.write_mode(),
            max_wru: config.max_wru / parts,
            max_concurrency: config.max_concurrency,
            ..WriterOptions::default()
        }
    }

    /// The share of one part.
    fn share(&self, parts: u32, part: u32) -> Vec<Segment> {
        let mut shares = self.shares(parts);
        shares.swap_remove(part as usize)
    }

    pub(crate) fn shares(&self, parts: u32) -> Vec<Vec<Segment>> {
        let lines: Vec<Option<u64>> = self.source.files.iter().map(|file| file.lines).collect();
        shares(&lines, self.source.is_chain(), parts)
    }

    pub(crate) fn too_often(&self, keeper: &Keeper) -> Option<Stopped> {
        let attempts = keeper.record().attempts;
        let most = self.function.config.max_invocations;
        (attempts > most).then(|| {
            Stopped::Bad(BadEnd {
                state: RunState::Failed,
                what_happened: format!("{most} invocations, MAX_INVOCATIONS, were not enough"),
                what_to_do: "see in the log what stops them; to go on, raise MAX_INVOCATIONS and send the same request".to_owned(),
                settled: false,
            })
        })
    }
}

fn contradictory(address: &str, faults: &[String], emptied: &str) -> BadEnd {
    BadEnd {
        state: RunState::Incomplete,
        what_happened: faults.join("; "),
        what_to_do: format!(
            "nothing tells which line is right: see {address}, which names the keys, and leave the right line of each in the \
             files; then, {emptied}restore them again"
        ),
        settled: true,
    }
}

fn poison(keeper: &Keeper, poisoned: u64, faults: &[String]) -> BadEnd {
    let files = keeper.checkpoint.share.poison_files;
    let others = if faults.is_empty() {
        String::new()
    } else {
        format!("; read back: {}", faults.join("; "))
    };
    BadEnd {
        state: RunState::Incomplete,
        what_happened: format!("{poisoned} items can't be written{others}"),
        what_to_do: format!(
            "all others are written; the {files} objects *.poison-*.ndjson beside the run record hold each of these with its reason: \
             repair it, and put it by hand with `aws dynamodb put-item`"
        ),
        settled: true,
    }
}

/// Lines of a share; `None` where a file does not tell.
fn share_lines(source: &Source, share: &[Segment]) -> Option<u64> {
    let lines = share.iter().map(|segment| {
        let to = segment.to.or(source.files[segment.file].lines)?;
        Some((to + 1).saturating_sub(segment.from))
    });
    lines.sum()
}

/// How far a share is, and how long it will take at the same rate.
#[expect(clippy::cast_precision_loss, reason = "an estimate need not be exact")]
fn written(settled: u64, now: u64, total: Option<u64>, seconds: f64) -> String {
    let Some(total) = total else {
        return format!("{settled} items written");
    };
    if now == 0 || seconds <= 0.0 {
        return format!("{settled} of {total} items written");
    }
    let left = total.saturating_sub(settled) as f64 * seconds / now as f64;
    format!(
        "{settled} of {total} items written, about {} left",
        minutes(left)
    )
}

fn deleted(keeper: &Keeper) -> String {
    let extras = keeper.checkpoint.extras;
    format!(
        "{} items deleted that the backup does not have; {} passes done",
        extras.deleted, extras.passes
    )
}

fn read_back(keeper: &Keeper) -> String {
    let Some(reading) = &keeper.checkpoint.reading else {
        return "written; to be read back".to_owned();
    };
    let compared = reading
        .compared
        .as_ref()
        .map_or_else(String::new, |compared| {
            format!(", {} compared", compared.items)
        });
    format!(
        "{} items of the backup read again, {} of the table{compared}",
        reading.backup.items, reading.table.items
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_machine_runs_as_many_parts_at_once_as_share_the_rate() {
        let definition = include_str!("../../../infra/aws/dynamodb-restore.asl.json");
        let definition: serde_json::Value = serde_json::from_str(definition).unwrap();
        let most = &definition["States"]["Write"]["MaxConcurrency"];
        assert_eq!(*most, serde_json::json!(PARTS_AT_ONCE));
    }
}

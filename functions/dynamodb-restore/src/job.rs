//! One restore: from its plan through its writing to its verdict, as far as this invocation's time allows.

use dynamodb_table::{Description, WriterOptions};
use function_core::{Exit, Report, RunState};
use jiff::Timestamp;
use run_record::{Claim, RunRecord};

use crate::apply::{Means, Writing};
use crate::checkpoint::{Checkpoint, Opened, Share};
use crate::config::Verify;
use crate::error::RestoreError;
use crate::extras::Deleting;
use crate::function::DynamodbRestore;
use crate::identity::Identity;
use crate::keeper::{Keeper, report};
use crate::observe::observe;
use crate::plan::{Limits, Plan, minutes, plan};
use crate::progress::Stage;
use crate::read::Turn;
use crate::request::{Ask, Step, WriteMode};
use crate::segment::{Segment, shares};
use crate::source::Source;
use crate::tell::{BadEnd, Conclusion};
use crate::verify::{Check, Policy};
use crate::walk::Walk;

/// A restore that is asked for.
pub(crate) struct Job<'a> {
    pub(crate) function: &'a DynamodbRestore,
    pub(crate) ask: &'a Ask,
    pub(crate) source: Source,
    pub(crate) target: Option<Description>,
    pub(crate) identity: Identity,
    pub(crate) deadline: Timestamp,
}

/// What came of a claim.
pub(crate) enum Claimed {
    Mine(Box<Keeper>),
    /// There is nothing to do now.
    Ended(Box<Report>),
}

/// What came of a stage.
pub(crate) enum Stopped {
    /// All of it is done.
    Done,
    /// The deadline came; the words tell how far it is.
    Underway(String),
    /// It can't be verified.
    Bad(BadEnd),
}

impl DynamodbRestore {
    /// Reads what `ask` is about.
    pub(crate) async fn job<'a>(
        &'a self,
        ask: &'a Ask,
        deadline: Timestamp,
    ) -> Result<Job<'a>, RestoreError> {
        self.progress.begin(Stage::Planning, 0, None);
        let source = Source::open(ask, self.home.as_ref(), &self.env).await?;
        let target = self.tables.describe(&ask.table).await?;
        let identity = Identity::of(ask, &source, target.as_ref(), &self.config.time_zone);
        Ok(Job {
            function: self,
            ask,
            source,
            target,
            identity,
            deadline,
        })
    }
}

impl Job<'_> {
    /// Does what this invocation is to do.
    pub(crate) async fn work(self) -> Result<Conclusion, RestoreError> {
        if self.ask.dry_run {
            let plan = self.plan().await?;
            return Ok(self.planned(&plan).into());
        }
        match self.ask.step {
            Step::All | Step::Open => self.open().await,
            Step::Write { part } => self.part(part).await,
            Step::Close => self.close().await,
        }
    }

    async fn plan(&self) -> Result<Plan, RestoreError> {
        let seen = observe(&self.source, self.target.clone(), &self.function.tables).await?;
        let config = &self.function.config;
        let limits = Limits {
            max_wru: config.max_wru,
            wru_price: config.wru_price,
        };
        let mut plan = plan(self.ask, &self.source, &seen, limits);
        if self.ask.import
            && let Err(RestoreError::Refused(words)) = self.keys_of_exported().await
        {
            plan.blockers.push(words);
        }
        Ok(plan)
    }

    fn planned(&self, plan: &Plan) -> Report {
        let run = format!("{}-{}", self.identity.source, self.identity.stamp);
        let mut report = Report::new(run, RunState::Planned);
        report.warnings = [&plan.blockers[..], &plan.warnings[..]].concat();
        report.plan = serde_json::to_value(plan).ok();
        report
    }

    /// Plans and claims the restore; without steps, goes on with all of it.
    async fn open(self) -> Result<Conclusion, RestoreError> {
        let record = self.find(&self.identity).await?;
        let checkpoint = Checkpoint::of(
            record
                .as_ref()
                .and_then(|record| record.checkpoint.as_ref()),
        );
        let is_begun = checkpoint.opened.is_some() && !self.ask.force;
        if let Some(record) = record.filter(|record| record.settled && !self.ask.force) {
            return Ok(settled(record).into());
        }
        if is_begun {
            let mut keeper = match self.claim(&self.identity, false).await? {
                Claimed::Mine(keeper) => *keeper,
                Claimed::Ended(report) => return Ok((*report).into()),
            };
            return match self.ask.step {
                Step::Open => {
                    let mut report = keeper.pause("opened; its parts write".to_owned()).await?;
                    report.state = RunState::Planned;
                    report.progress = None;
                    Ok(report.into())
                }
                _ => {
                    let outcome = self.go_on(&mut keeper).await;
                    self.conclude(keeper, outcome).await
                }
            };
        }
        self.begin().await
    }

    /// Begins the restore anew: plan, guard, claim.
    async fn begin(self) -> Result<Conclusion, RestoreError> {
        let plan = self.plan().await?;
        if !plan.blockers.is_empty() {
            return Err(RestoreError::Refused(plan.blockers.join("; ")));
        }
        let mut keeper = match self.claim(&self.identity, self.ask.force).await? {
            Claimed::Mine(keeper) => *keeper,
            Claimed::Ended(report) => return Ok((*report).into()),
        };
        let outcome = self.begin_with(&mut keeper, &plan).await;
        match (outcome, self.ask.step) {
            (Ok(()), Step::Open) => {
                keeper.pause("opened; its parts write".to_owned()).await?;
                Ok(self.planned(&plan).into())
            }
            (Ok(()), _) => {
                let outcome = self.go_on(&mut keeper).await;
                self.conclude(keeper, outcome).await
            }
            (Err(error @ RestoreError::Refused(_)), _) => {
                keeper.pause("not begun".to_owned()).await?;
                Err(error)
            }
            (Err(error), _) => self.function.stopped(keeper, error).await,
        }
    }

    /// Notes what the plan found. From here on all items in an empty table are of this restore.
    async fn begin_with(&self, keeper: &mut Keeper, plan: &Plan) -> Result<(), RestoreError> {
        let before = keeper.checkpoint.opened.take();
        let began = before.map_or(0, |opened| opened.began) + 1;
        let holds_items = match &self.target {
            Some(target) => self.function.tables.holds_items(target).await?,
            None => false,
        };
        if holds_items && self.ask.mode == WriteMode::EmptyOnly {
            let table = &self.ask.table;
            return Err(RestoreError::Refused(format!(
                "table {table} was empty a moment ago, and holds items now"
            )));
        }
        keeper.checkpoint = Checkpoint {
            opened: Some(Opened {
                began,
                was_empty: !holds_items,
                table_id: self
                    .target
                    .as_ref()
                    .map_or_else(String::new, |target| target.id.clone()),
                items: plan.items,
            }),
            ..Checkpoint::default()
        };
        keeper.save().await?;
        let run = &keeper.record().run;
        let steps = plan.steps.join("; ");
        tracing::info!(
            run,
            table = plan.table,
            items = plan.items,
            steps,
            "restore begun"
        );
        for warning in &plan.warnings {
            tracing::warn!(run, warning, "planned");
        }
        Ok(())
    }

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
        if self.ask.delete_extras && !keeper.checkpoint.extras.is_done {
            let deleting = Deleting {
                tables: &self.function.tables,
                target,
                source: &self.source,
                options: self.options(1),
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
        let policy = match (self.ask.mode, &self.ask.newer_by) {
            _ if was_empty => Policy::Same,
            (WriteMode::SkipExisting, _) => Policy::There,
            (WriteMode::OnlyNewer, Some(attribute)) => Policy::NotOlder(attribute.clone()),
            _ => Policy::Same,
        };
        let mut check = Check {
            tables: &self.function.tables,
            target,
            walk: Walk::new(&self.source, &target.key),
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
        if poisoned > 0 {
            return Ok(Stopped::Bad(poison(keeper, poisoned, &verdict.faults)));
        }
        if verdict.faults.is_empty() {
            return Ok(Stopped::Done);
        }
        // Whoever asks again reads again.
        keeper.checkpoint.reading = None;
        Ok(Stopped::Bad(BadEnd {
            state: RunState::Incomplete,
            what_happened: verdict.faults.join("; "),
            what_to_do: format!(
                "see {address}, which names the first differences; send the same request to read the table back again, or \
                 with \"force\": true to write all again"
            ),
            settled: false,
        }))
    }

    /// Writes a share on.
    async fn write(
        &self,
        keeper: &mut Keeper,
        share: &[Segment],
        working: usize,
    ) -> Result<Stopped, RestoreError> {
        if keeper.checkpoint.share.finished() >= share.len() {
            return Ok(Stopped::Done);
        }
        let target = self.target()?;
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
        let means = Means {
            writer: self.function.tables.writer(target, self.options(working)),
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
        #[expect(clippy::cast_precision_loss, reason = "there are 1,000 parts at most")]
        let parts = working.max(1) as f64;
        WriterOptions {
            mode: self.ask.write_mode(),
            max_wru: (config.max_wru / parts).max(1.0),
            max_concurrency: config.max_concurrency,
            ..WriterOptions::default()
        }
    }

    /// The share of one part.
    fn share(&self, parts: u32, part: u32) -> Vec<Segment> {
        let mut shares = self.shares(parts);
        shares.swap_remove(part as usize)
    }

    fn shares(&self, parts: u32) -> Vec<Vec<Segment>> {
        let lines: Vec<Option<u64>> = self.source.files.iter().map(|file| file.lines).collect();
        shares(&lines, self.source.is_chain(), parts)
    }

    pub(crate) fn target(&self) -> Result<&Description, RestoreError> {
        self.target.as_ref().ok_or_else(|| {
            RestoreError::Refused(format!(
                "there is no table {} in this account and Region",
                self.ask.table
            ))
        })
    }

    /// The record of a run, if it is of the same request.
    async fn find(&self, identity: &Identity) -> Result<Option<RunRecord>, RestoreError> {
        let Identity {
            source,
            stamp,
            trigger,
        } = identity;
        for stamp in [stamp.clone(), stamp.with_id(&trigger.id)] {
            let record = self.function.ledger.look(source, &stamp).await?;
            if let Some(record) = record.filter(|record| record.trigger.id == trigger.id) {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    /// Claims a run; `again` opens one that has ended.
    pub(crate) async fn claim(
        &self,
        identity: &Identity,
        again: bool,
    ) -> Result<Claimed, RestoreError> {
        let Identity {
            source,
            stamp,
            trigger,
        } = identity;
        let ledger = &self.function.ledger;
        let claim = if again {
            ledger.reopen(source, stamp, trigger).await?
        } else {
            ledger.claim(source, stamp, trigger).await?
        };
        Ok(match claim {
            Claim::Mine(run) => Claimed::Mine(Box::new(Keeper::new(*run, &self.function.runs))),
            Claim::Settled(record) => Claimed::Ended(Box::new(settled(*record))),
            Claim::Busy { run, until } => {
                let mut report = Report::new(run, RunState::Running);
                report.progress = Some(format!("another invocation is at work, until {until}"));
                Claimed::Ended(Box::new(report))
            }
        })
    }

    fn too_often(&self, keeper: &Keeper) -> Option<Stopped> {
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

    /// Ends this invocation's work on a run as it went.
    pub(crate) async fn conclude(
        &self,
        keeper: Keeper,
        outcome: Result<Stopped, RestoreError>,
    ) -> Result<Conclusion, RestoreError> {
        match outcome {
            Ok(Stopped::Done) => self.verified(keeper).await,
            Ok(Stopped::Underway(progress)) => Ok(keeper.pause(progress).await?.into()),
            Ok(Stopped::Bad(end)) => {
                let exit = if end.state == RunState::Incomplete {
                    Exit::Incomplete
                } else {
                    Exit::Failed
                };
                self.function.ended_badly(keeper, end, exit).await
            }
            Err(error) => self.function.stopped(keeper, error).await,
        }
    }

    async fn verified(&self, keeper: Keeper) -> Result<Conclusion, RestoreError> {
        let counts = keeper.checkpoint.share.counts.by_name();
        let deleted = keeper.checkpoint.extras.deleted;
        let manifest = self.source.links.first().map(|link| link.address.clone());
        let mut warnings = self.source.warnings.clone();
        if self.ask.verify == Verify::Count {
            warnings.push(
                "items were only counted, not compared; send \"verify\": \"full\" next time"
                    .to_owned(),
            );
        }
        let report = keeper.end(true, |record| {
            record.state = RunState::Verified;
            record.manifest = manifest;
            record.counts = counts;
            if deleted > 0 {
                record.counts.insert("extrasDeleted".to_owned(), deleted);
            }
            record.warnings = warnings;
            record.told = None;
        });
        Ok(report.await?.into())
    }

    // The steps of a restore that is shared.

    /// Writes one part.
    async fn part(self, part: u32) -> Result<Conclusion, RestoreError> {
        let opened = self.opened().await?;
        let parts = self.ask.parts;
        let identity = self.identity.part(part, parts);
        let record = self.find(&identity).await?;
        let before = Checkpoint::of(
            record
                .as_ref()
                .and_then(|record| record.checkpoint.as_ref()),
        );
        let is_same = before
            .opened
            .as_ref()
            .is_some_and(|before| before.began == opened.began);
        let mut keeper = match self.claim(&identity, !is_same).await? {
            Claimed::Mine(keeper) => *keeper,
            Claimed::Ended(report) => return Ok((*report).into()),
        };
        if !is_same {
            keeper.checkpoint = Checkpoint {
                opened: Some(opened),
                ..Checkpoint::default()
            };
        }
        let outcome = self.write_part(&mut keeper, part).await;
        match outcome {
            Ok(Stopped::Done) => {
                let counts = keeper.checkpoint.share.counts.by_name();
                let report = keeper.end(true, |record| {
                    record.state = RunState::Verified;
                    record.counts = counts;
                    record.told = None;
                });
                Ok(report.await?.into())
            }
            outcome => self.conclude(keeper, outcome).await,
        }
    }

    async fn write_part(&self, keeper: &mut Keeper, part: u32) -> Result<Stopped, RestoreError> {
        if let Some(stopped) = self.too_often(keeper) {
            return Ok(stopped);
        }
        let shares = self.shares(self.ask.parts);
        let working = shares.iter().filter(|share| !share.is_empty()).count();
        self.write(keeper, &shares[part as usize], working).await
    }

    /// Reads the table back after all parts have written.
    async fn close(self) -> Result<Conclusion, RestoreError> {
        let record = self.find(&self.identity).await?;
        if let Some(record) = record.filter(|record| record.settled) {
            return Ok(settled(record).into());
        }
        let opened = self.opened().await?;
        let share = self.parts_done(&opened).await?;
        let mut keeper = match self.claim(&self.identity, false).await? {
            Claimed::Mine(keeper) => *keeper,
            Claimed::Ended(report) => return Ok((*report).into()),
        };
        keeper.checkpoint.share = share;
        let outcome = match self.too_often(&keeper) {
            Some(stopped) => Ok(stopped),
            None => self.finish(&mut keeper).await,
        };
        self.conclude(keeper, outcome).await
    }

    /// What `open` noted.
    async fn opened(&self) -> Result<Opened, RestoreError> {
        let record = self.find(&self.identity).await?;
        let checkpoint = Checkpoint::of(
            record
                .as_ref()
                .and_then(|record| record.checkpoint.as_ref()),
        );
        checkpoint.opened.ok_or_else(|| {
            RestoreError::Refused(format!(
                "this restore into {} was not opened; send the same request with \"step\": \"open\" first",
                self.ask.table
            ))
        })
    }

    /// What all parts wrote, if all of them did.
    async fn parts_done(&self, opened: &Opened) -> Result<Share, RestoreError> {
        let parts = self.ask.parts;
        let mut share = Share::default();
        let (mut errors, mut missing) = (Vec::new(), Vec::new());
        for part in 0..parts {
            let record = self.find(&self.identity.part(part, parts)).await?;
            let checkpoint = Checkpoint::of(
                record
                    .as_ref()
                    .and_then(|record| record.checkpoint.as_ref()),
            );
            let is_same = checkpoint
                .opened
                .as_ref()
                .is_some_and(|before| before.began == opened.began);
            let record = record.filter(|_| is_same);
            if let Some(record) =
                record.filter(|record| !record.settled || record.state != RunState::Verified)
            {
                errors.extend(
                    record
                        .error
                        .map(|error| format!("part {part} of {parts}: {error}")),
                );
                missing.push(part.to_string());
            } else if !is_same {
                missing.push(part.to_string());
            }
            share.counts = share.counts.plus(checkpoint.share.counts);
            share.poison_files += checkpoint.share.poison_files;
        }
        if missing.is_empty() {
            return Ok(share);
        }
        errors.push(format!(
            "parts {} of {parts} are not written yet; send them with \"step\": \"write\"",
            missing.join(", ")
        ));
        Err(RestoreError::Refused(errors.join("; ")))
    }
}

/// A settled run, in words that say that nothing was done.
fn settled(record: RunRecord) -> Report {
    let ended = record
        .ended
        .map_or_else(String::new, |ended| format!(" on {ended}"));
    let mut report = report(record);
    report.warnings.push(format!(
        "this restore ended{ended}; nothing was written now; send \"force\": true to begin it anew"
    ));
    report
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
            "see the {files} objects *.poison-*.ndjson beside the run record, which tell each with its reason; all others are written"
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

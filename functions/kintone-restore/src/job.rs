//! Restores from their claim to their end.

use std::sync::Arc;

use cloud_store::Store;
use function_core::{Report, RunState};
use kintone_format::{BodyOptions, BodyWriter, Comparer};
use run_record::{Claim, Run, RunRecord};

use crate::check::check;
use crate::checkpoint::{Checkpoint, Reached};
use crate::conversion::Conversion;
use crate::error::RestoreError;
use crate::function::KintoneRestore;
use crate::journal::{Journal, stem};
use crate::prepare::{Job, Prepared};
use crate::rules::Rules;
use crate::settlement::settled;
use crate::standing::{Manner, Past, Standing, is_asked_again};
use crate::verify::Verdict;
use crate::work::Work;

/// How an invocation left a run.
pub(crate) enum Ended {
    /// All is written and compared.
    Compared(Verdict),
    /// The rest is for the next invocation.
    Late(String),
}

impl KintoneRestore {
    /// Carries out `jobs`: all are planned before the first is written.
    pub(crate) async fn restore_all(
        &self,
        jobs: Vec<Job>,
        manner: &Manner,
    ) -> Result<Vec<Report>, RestoreError> {
        let mut planned = Vec::new();
        for job in jobs {
            let prepared = match self.standing(&job, manner).await? {
                Standing::GoOn(_) => None,
                Standing::Plan(past) => match self.planned(&job, past).await {
                    Ok(prepared) => Some(prepared),
                    Err(error) => return self.refuse(&job, manner, error).await,
                },
            };
            planned.push((job, prepared));
        }
        let mut reports = Vec::new();
        for (job, prepared) in planned {
            let report = self.restore(&job, prepared, manner).await?;
            let is_under_way = report.state == RunState::Running;
            reports.push(report);
            // What comes after may point to its records; those of an incomplete one are there, too.
            if is_under_way {
                break;
            }
        }
        Ok(reports)
    }

    /// A plan that may be carried out.
    async fn planned(&self, job: &Job, past: Past) -> Result<Prepared, RestoreError> {
        let is_under_way = past.is_under_way;
        let prepared = self.prepare(job, &past.of(job)).await?;
        check(&prepared.plan, job)?;
        if job.drill.is_some() && !is_under_way {
            self.check_scratch(job).await?;
        }
        Ok(prepared)
    }

    /// Notes on the run that its plan can't be carried out.
    async fn refuse(
        &self,
        job: &Job,
        manner: &Manner,
        error: RestoreError,
    ) -> Result<Vec<Report>, RestoreError> {
        self.progress.end();
        let claim = self
            .ledger
            .claim(&job.name, job.stamp(), &job.trigger)
            .await?;
        match claim {
            Claim::Mine(run) => {
                self.fail(job, *run, &error).await;
                Err(error)
            }
            Claim::Busy { run, until } => Ok(vec![busy(run, until)]),
            // What was proven stays so: a plan that is refused undoes nothing.
            Claim::Settled(record) if is_asked_again(&Checkpoint::of(&record), manner) => {
                self.tell_of(job, &record.run, &error).await;
                Err(error)
            }
            Claim::Settled(record) => Ok(vec![settled(*record)]),
        }
    }

    /// One restore, as far as an earlier invocation has not done it.
    async fn restore(
        &self,
        job: &Job,
        prepared: Option<Prepared>,
        manner: &Manner,
    ) -> Result<Report, RestoreError> {
        let mut run = match self.claim(job, manner).await? {
            Claim::Mine(run) => *run,
            Claim::Busy { run, until } => return Ok(busy(run, until)),
            Claim::Settled(record) => return Ok(settled(*record)),
        };
        let id = run.record().run.clone();
        let attempt = run.record().attempts;
        tracing::info!(app = job.app(), run = id, attempt, "run started");
        let ended = self.work(job, prepared, manner, &mut run).await;
        let ended = match ended {
            Ok(Ended::Compared(verdict)) => self.settle(job, run, &verdict).await,
            Ok(Ended::Late(progress)) => {
                let record = run.end(false, |record| {
                    record.state = RunState::Running;
                    record.ended = None;
                    record.progress = Some(progress);
                    record.error = None;
                });
                record
                    .await
                    .map(RunRecord::into_report)
                    .map_err(RestoreError::from)
            }
            Err(error) => {
                self.fail(job, run, &error).await;
                Err(error)
            }
        };
        self.progress.end();
        ended
    }

    async fn work(
        &self,
        job: &Job,
        prepared: Option<Prepared>,
        manner: &Manner,
        run: &mut Run,
    ) -> Result<Ended, RestoreError> {
        let mut checkpoint = Checkpoint::of(run.record());
        self.count(&mut checkpoint, manner, run).await?;
        if let Some(prepared) = prepared {
            let is_to_clear = job.drill.is_some() && checkpoint.stage == Reached::Nothing;
            if is_to_clear && !self.clear_scratch(job, manner.deadline).await? {
                let words = "the scratch app is being emptied".to_owned();
                return Ok(Ended::Late(words));
            }
            checkpoint.begin(&prepared.plan, prepared.history);
            checkpoint.leave_out.clone_from(&job.restore.leave_out);
            checkpoint.pins = prepared.pins;
            checkpoint.round = checkpoint.round.max(1);
            if checkpoint.asked_by.is_empty() {
                checkpoint.asked_by.clone_from(&manner.event);
            }
            self.keep(run, &checkpoint).await?;
            self.note_begun(job).await?;
        }
        let target = &job.target;
        let rules = Rules::new(
            job.source.fields(),
            &target.fields,
            checkpoint.history,
            job.source.has_files(),
        );
        let pointers = self.pointers(job, &target.fields, &checkpoint.pins).await?;
        let mut pins = pointers.pins;
        let former = self.former(job, &mut pins).await?;
        if checkpoint.pins != pins {
            checkpoint.pins = pins;
            self.keep(run, &checkpoint).await?;
        }
        let overwrites = checkpoint.overwrites.clone();
        let day = self.day(job);
        let id = run.record().run.clone();
        let stem = stem(&id, checkpoint.round);
        let key = job.restore.key.iter().cloned();
        let options = BodyOptions {
            history: checkpoint.history,
            row_ids: job.keeps_rows(self),
            without: rules.left_out().into_iter().chain(key).collect(),
        };
        let conversion = Conversion {
            writer: BodyWriter::new(&target.fields, &options),
            comparer: Comparer::new(&target.fields, target.precision, checkpoint.history),
            rules,
            references: pointers.references,
            leave_out: checkpoint.leave_out.clone(),
            announced: checkpoint.announced.clone(),
            stored: job.source.stored_files().await?,
        };
        let work = Work {
            function: self,
            client: &job.client,
            restore: &job.restore,
            source: &job.source,
            origin: &job.origin,
            form: &target.fields,
            conversion: Arc::new(conversion),
            former: &former,
            overwrites: &overwrites,
            journal: Journal::new(&day, &id, checkpoint.round),
            day: &day,
            run: &id,
            stem: &stem,
            hold: run.hold(),
            deadline: manner.deadline,
        };
        self.stages(job, &work, checkpoint, run).await
    }

    /// Counts the invocations since the message was sent: who sends it again wants it to go on.
    async fn count(
        &self,
        checkpoint: &mut Checkpoint,
        manner: &Manner,
        run: &mut Run,
    ) -> Result<(), RestoreError> {
        let attempts = run.record().attempts;
        if checkpoint.message != manner.event {
            checkpoint.message.clone_from(&manner.event);
            checkpoint.attempts_before = attempts.saturating_sub(1);
            // The first one keeps it with its plan.
            if checkpoint.attempts_before > 0 {
                self.keep(run, checkpoint).await?;
            }
        }
        let invocations = attempts.saturating_sub(checkpoint.attempts_before);
        if invocations <= self.config.max_invocations {
            return Ok(());
        }
        Err(RestoreError::TooManyInvocations {
            run: run.record().run.clone(),
            invocations,
        })
    }

    /// Writes the checkpoint into the run record.
    pub(crate) async fn keep(
        &self,
        run: &mut Run,
        checkpoint: &Checkpoint,
    ) -> Result<(), RestoreError> {
        let checkpoint = serde_json::to_value(checkpoint).map_err(RestoreError::Record)?;
        run.change(|record| record.checkpoint = Some(checkpoint))
            .await?;
        Ok(())
    }

    /// The folder of the run's record.
    fn day(&self, job: &Job) -> Store {
        self.runs.folder(&job.stamp().day_path())
    }
}

fn busy(run: String, until: jiff::Timestamp) -> Report {
    Report {
        progress: Some(format!(
            "another process is at work on it until {until} or longer"
        )),
        ..Report::new(run, RunState::Running)
    }
}

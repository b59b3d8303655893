//! Restores from their claim to their end.

use cloud_store::Store;
use function_core::{Report, RunState};
use kintone_format::{BodyOptions, BodyWriter, Comparer};
use run_record::{Claim, Run, RunRecord};

use crate::apply::apply;
use crate::checkpoint::{Checkpoint, Reached};
use crate::error::RestoreError;
use crate::finding::Severity;
use crate::function::KintoneRestore;
use crate::journal::Journal;
use crate::observe::observe;
use crate::plan::Plan;
use crate::prepare::{Job, Prepared};
use crate::progress::Stage;
use crate::rules::Rules;
use crate::settlement::settled;
use crate::verify::{Verdict, ids_name, verify};
use crate::work::Work;

/// How a message wants its restores to be done.
#[derive(Clone, Debug)]
pub(crate) struct Manner {
    /// Once more, although it was done before.
    pub(crate) force: bool,
    /// What tells this asking from others; a redelivery repeats it.
    pub(crate) event: String,
    /// When this invocation leaves the rest to the next.
    pub(crate) deadline: jiff::Timestamp,
}

/// How an invocation left a run.
enum Ended {
    /// All is written and compared.
    Compared(Verdict),
    /// The rest is for the next invocation.
    Late(String),
}

/// Where a restore stands before anything is done.
pub(crate) enum Standing {
    /// It has to be planned; whether records of it are in the app already.
    Plan { is_under_way: bool },
    /// Its plan is being carried out, or it is at its end.
    GoOn(Box<RunRecord>),
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
                Standing::Plan { is_under_way } => {
                    let prepared = self.planned(&job, is_under_way).await;
                    match prepared {
                        Ok(prepared) => Some(prepared),
                        Err(error) => return self.refuse(&job, manner, error).await,
                    }
                }
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
    async fn planned(&self, job: &Job, is_under_way: bool) -> Result<Prepared, RestoreError> {
        // A scratch app is emptied before it is written to: what it holds now does not count.
        let prepared = self
            .prepare(job, is_under_way || job.drill.is_some())
            .await?;
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

    /// Where `job` stands; only looks.
    pub(crate) async fn standing(
        &self,
        job: &Job,
        manner: &Manner,
    ) -> Result<Standing, RestoreError> {
        let Some(record) = self.record(job).await? else {
            return Ok(Standing::Plan {
                is_under_way: false,
            });
        };
        let checkpoint = Checkpoint::of(&record);
        if record.settled {
            return Ok(if is_asked_again(&checkpoint, manner) {
                Standing::Plan {
                    is_under_way: false,
                }
            } else {
                Standing::GoOn(Box::new(record))
            });
        }
        if checkpoint.stage < Reached::Plan {
            return Ok(Standing::Plan {
                is_under_way: false,
            });
        }
        let form = job.client.form_fields(job.app()).await?;
        if checkpoint.stage == Reached::Plan && form.revision != checkpoint.form_revision {
            tracing::warn!(app = job.app(), "the form was changed; planning again");
            return Ok(Standing::Plan { is_under_way: true });
        }
        Ok(Standing::GoOn(Box::new(record)))
    }

    /// The run's record, under either of its names.
    pub(crate) async fn record(&self, job: &Job) -> Result<Option<RunRecord>, RestoreError> {
        let second = job.stamp().with_id(&job.trigger.id);
        for stamp in [job.stamp(), &second] {
            let record = self.ledger.look(&job.name, stamp).await?;
            if let Some(record) = record
                && record.trigger.id == job.trigger.id
            {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    async fn claim(&self, job: &Job, manner: &Manner) -> Result<Claim, RestoreError> {
        let claim = self
            .ledger
            .claim(&job.name, job.stamp(), &job.trigger)
            .await?;
        match claim {
            Claim::Settled(record) if is_asked_again(&Checkpoint::of(&record), manner) => {
                let again = self.ledger.reopen(&job.name, job.stamp(), &job.trigger);
                let Claim::Mine(mut run) = again.await? else {
                    return Ok(Claim::Settled(record));
                };
                let checkpoint = Checkpoint {
                    round: Checkpoint::of(run.record()).round.max(1) + 1,
                    asked_by: manner.event.clone(),
                    ..Checkpoint::default()
                };
                self.keep(&mut run, &checkpoint).await?;
                run.change(|record| {
                    record.state = RunState::Running;
                    record.counts.clear();
                    record.warnings.clear();
                    record.told = None;
                    record.attempts = 1;
                })
                .await?;
                Ok(Claim::Mine(run))
            }
            claim => Ok(claim),
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
        let attempts = run.record().attempts;
        if attempts > self.config.max_invocations {
            return Err(RestoreError::TooManyInvocations {
                run: run.record().run.clone(),
                attempts,
            });
        }
        let mut checkpoint = Checkpoint::of(run.record());
        let target = match prepared {
            Some(prepared) => {
                let is_to_clear = job.drill.is_some() && checkpoint.stage == Reached::Nothing;
                if is_to_clear && !self.clear_scratch(job, manner.deadline).await? {
                    let words = "the scratch app is being emptied".to_owned();
                    return Ok(Ended::Late(words));
                }
                checkpoint.begin(&prepared.plan, prepared.history);
                checkpoint.round = checkpoint.round.max(1);
                if checkpoint.asked_by.is_empty() {
                    checkpoint.asked_by.clone_from(&manner.event);
                }
                self.keep(run, &checkpoint).await?;
                self.note_begun(job).await?;
                prepared.target
            }
            None => observe(&job.client, job.app()).await?,
        };
        let rules = Rules::new(
            job.source.fields(),
            &target.fields,
            checkpoint.history,
            job.source.has_files(),
        );
        let (references, _) = self.references(job, &target).await?;
        let day = self.day(job);
        let id = run.record().run.clone();
        let key = job.restore.key.iter().cloned();
        let options = BodyOptions {
            history: checkpoint.history,
            row_ids: job.keeps_rows(self),
            without: rules.left_out().into_iter().chain(key).collect(),
        };
        let announced = checkpoint.announced.clone();
        let work = Work {
            function: self,
            client: &job.client,
            restore: &job.restore,
            source: &job.source,
            origin: &job.origin,
            writer: BodyWriter::new(&target.fields, &options),
            comparer: Comparer::new(&target.fields, target.precision, checkpoint.history),
            rules: &rules,
            references: &references,
            announced: &announced,
            stored: job.source.stored_files().await?,
            journal: Journal::new(&day, &id, checkpoint.round),
            day: &day,
            run: &id,
            deadline: manner.deadline,
        };
        self.stages(job, &work, checkpoint, run).await
    }

    /// Writes, reads back and, for a drill, deletes: from wherever an earlier invocation stopped.
    async fn stages(
        &self,
        job: &Job,
        work: &Work<'_>,
        mut checkpoint: Checkpoint,
        run: &mut Run,
    ) -> Result<Ended, RestoreError> {
        let records = checkpoint.records;
        if checkpoint.stage == Reached::Plan {
            self.progress.begin(Stage::Writing, 0, records);
            if !apply(work).await? {
                let done = self.progress.now().done;
                let words = format!("{done} of {records} records are written");
                return Ok(Ended::Late(words));
            }
            checkpoint.stage = Reached::Writes;
            self.keep(run, &checkpoint).await?;
        }
        if checkpoint.verdict.is_none() {
            self.progress.begin(Stage::Verifying, 0, records);
            checkpoint.verdict = verify(work).await?;
        }
        let Some(verdict) = checkpoint.verdict.clone() else {
            let done = self.progress.now().done;
            let words =
                format!("all records are written; {done} were read back, which begins anew");
            return Ok(Ended::Late(words));
        };
        if job.drill.is_some() {
            // What is deleted can't be read back once more.
            checkpoint.stage = Reached::Verification;
            self.keep(run, &checkpoint).await?;
            self.progress.begin(Stage::Clearing, 0, records);
            let is_clear = self.clear(job, work, &mut checkpoint).await?;
            self.keep(run, &checkpoint).await?;
            if !is_clear {
                let words = "all is compared; what the drill wrote is being deleted".to_owned();
                return Ok(Ended::Late(words));
            }
        } else {
            let ids = format!("{}/{}", job.stamp().day_path(), ids_name(work.run));
            self.point_to_ids(job.app(), work.run, &ids).await?;
        }
        Ok(Ended::Compared(verdict))
    }

    /// Writes the checkpoint into the run record.
    async fn keep(&self, run: &mut Run, checkpoint: &Checkpoint) -> Result<(), RestoreError> {
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

/// Whether a settled restore is to be done once more; a redelivery of the event that asked for it does not count.
fn is_asked_again(checkpoint: &Checkpoint, manner: &Manner) -> bool {
    manner.force && checkpoint.asked_by != manner.event
}

/// Refuses a plan that can't be carried out, or whose losses nobody has accepted.
fn check(plan: &Plan, job: &Job) -> Result<(), RestoreError> {
    let words = |severity| {
        let words = plan.words(severity).into_iter();
        words.map(str::to_owned).collect::<Vec<_>>()
    };
    let blockers = words(Severity::Blocker);
    if !blockers.is_empty() {
        return Err(RestoreError::Blocked {
            app: plan.app,
            findings: blockers,
        });
    }
    if job.drill.is_some() {
        return Ok(());
    }
    match &job.restore.accept {
        Some(accepted) if *accepted != plan.digest => Err(RestoreError::Stale {
            accepted: accepted.clone(),
            now: plan.digest.clone(),
        }),
        Some(_) => Ok(()),
        None => {
            let losses = words(Severity::Loss);
            if losses.is_empty() {
                return Ok(());
            }
            Err(RestoreError::NotAccepted {
                app: plan.app,
                findings: losses,
                digest: plan.digest.clone(),
            })
        }
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

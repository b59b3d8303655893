//! Restores from their claim to their end.

use cloud_store::Store;
use function_core::{Report, RunState};
use kintone_format::{BodyOptions, BodyWriter, Comparer, folder_of};
use run_record::{Claim, Run, RunRecord};
use tokio::sync::watch;

use crate::apply::apply;
use crate::check::check;
use crate::checkpoint::{Checkpoint, Reached};
use crate::error::RestoreError;
use crate::function::KintoneRestore;
use crate::journal::{Journal, stem};
use crate::map::Map;
use crate::observe::observe;
use crate::pointers::Pins;
use crate::prepare::{Job, Prepared};
use crate::progress::Stage;
use crate::read_back::{Head, ReadBack, Writing, read_back};
use crate::rules::Rules;
use crate::settlement::settled;
use crate::standing::{Manner, Standing, is_asked_again};
use crate::verify::{Report as Part, Verdict, foreign, part_name};
use crate::work::Work;

/// How an invocation left a run.
enum Ended {
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
                Standing::Plan { is_under_way, pins } => {
                    let prepared = self.planned(&job, is_under_way, &pins).await;
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
    async fn planned(
        &self,
        job: &Job,
        is_under_way: bool,
        pins: &Pins,
    ) -> Result<Prepared, RestoreError> {
        // A scratch app is emptied before it is written to: what it holds now does not count.
        let is_expected = is_under_way || job.drill.is_some();
        let prepared = self.prepare(job, is_expected, pins).await?;
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
                checkpoint.leave_out.clone_from(&job.restore.leave_out);
                checkpoint.pins = prepared.pins;
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
        let pointers = self.pointers(job, &target.fields, &checkpoint.pins).await?;
        let mut pins = pointers.pins;
        let former = self.former(job, &mut pins).await?;
        if checkpoint.pins != pins {
            checkpoint.pins = pins;
            self.keep(run, &checkpoint).await?;
        }
        let leave_out = checkpoint.leave_out.clone();
        let day = self.day(job);
        let id = run.record().run.clone();
        let stem = stem(&id, checkpoint.round);
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
            form: &target.fields,
            rules: &rules,
            references: &pointers.references,
            former: &former,
            leave_out: &leave_out,
            announced: &announced,
            stored: job.source.stored_files().await?,
            journal: Journal::new(&day, &id, checkpoint.round),
            day: &day,
            run: &id,
            stem: &stem,
            hold: run.hold(),
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
        if checkpoint.stage == Reached::Plan
            && let Some(progress) = self.write(job, work, &mut checkpoint, run).await?
        {
            return Ok(Ended::Late(progress));
        }
        if checkpoint.verdict.is_none() {
            self.read_rest(work, &mut checkpoint, run).await?;
        }
        let Some(verdict) = checkpoint.verdict.clone() else {
            let done = self.progress.now().done;
            let words = format!("all records are written; {done} of {records} were read back");
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
            let map = map(job, work, &checkpoint.read_back);
            self.remember(job.app(), map).await?;
        }
        Ok(Ended::Compared(verdict))
    }

    /// Writes, and reads back what is written; what is left to do, when there was no time for all of it.
    async fn write(
        &self,
        job: &Job,
        work: &Work<'_>,
        checkpoint: &mut Checkpoint,
        run: &mut Run,
    ) -> Result<Option<String>, RestoreError> {
        let records = checkpoint.records;
        self.progress.begin(Stage::Writing, 0, records);
        let (sender, head) = watch::channel(Head {
            bulks: 0,
            writing: Writing::UnderWay,
        });
        // What a drill finds in its app is deleted first.
        let held = job.drill.is_none().then_some(checkpoint.held);
        let writing = async {
            let written = apply(work, held, &sender).await;
            let done = self.progress.now().done;
            self.progress.begin(Stage::Verifying, 0, records);
            (written, done)
        };
        let reading = read_back(work, checkpoint.read_back.clone(), head);
        // Both come to their ends: what was sent must get its answer noted.
        let ((written, done), read) = tokio::join!(writing, reading);
        if matches!(written, Err(RestoreError::Filled { .. })) {
            checkpoint.stage = Reached::Nothing;
            self.keep(run, checkpoint).await?;
        }
        let is_written = written?;
        if is_written {
            checkpoint.stage = Reached::Writes;
        }
        let read = read.map(|read| checkpoint.read_back = read);
        self.keep(run, checkpoint).await?;
        read?;
        let words = format!("{done} of {records} records are written");
        Ok((!is_written).then_some(words))
    }

    /// Reads back what is left of that, when all is written; comes to a verdict, if there is time for all of it.
    async fn read_rest(
        &self,
        work: &Work<'_>,
        checkpoint: &mut Checkpoint,
        run: &mut Run,
    ) -> Result<(), RestoreError> {
        let bulks = work.journal.len().await?;
        if checkpoint.read_back.bulk < bulks && !work.is_late() {
            self.progress.begin(Stage::Verifying, 0, checkpoint.records);
            let (_sender, head) = watch::channel(Head {
                bulks,
                writing: Writing::Over,
            });
            checkpoint.read_back = read_back(work, checkpoint.read_back.clone(), head).await?;
            self.keep(run, checkpoint).await?;
        }
        if checkpoint.read_back.bulk == bulks {
            let mut verdict = checkpoint.read_back.verdict.clone();
            verdict.foreign = foreign(work, verdict.added).await?;
            checkpoint.verdict = Some(verdict);
        }
        Ok(())
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

/// The map of old and new numbers that reading back wrote.
fn map(job: &Job, work: &Work<'_>, back: &ReadBack) -> Map {
    let day = job.stamp().day_path();
    let part = |part| format!("{day}/{}", part_name(work.stem, Part::Ids, part));
    let source = job.origin.app.as_ref();
    Map {
        run: work.run.to_owned(),
        ids: (1..=back.parts).map(part).collect(),
        source: source.map(|(host, app)| folder_of(host, *app)),
        backup: job.origin.identity.clone(),
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

//! Where a restore stands, and whose turn it is.

use function_core::RunState;
use run_record::{Claim, RunRecord};

use crate::checkpoint::{Checkpoint, Reached};
use crate::edits::Edits;
use crate::error::RestoreError;
use crate::function::KintoneRestore;
use crate::pointers::Pins;
use crate::prepare::Job;

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

/// Where a restore stands before anything is done.
pub(crate) enum Standing {
    /// It has to be planned.
    Plan(Past),
    /// Its plan is being carried out, or it is at its end.
    GoOn(Box<RunRecord>),
}

/// What was before a plan; nothing where nothing of the restore is done.
#[derive(Clone, Debug, Default)]
pub(crate) struct Past {
    /// Whether records of it are in the app already.
    pub(crate) is_under_way: bool,
    /// The maps that it goes by, where it is begun.
    pub(crate) pins: Pins,
    /// What others edited meanwhile, and is to be overwritten.
    pub(crate) edits: Edits,
}

impl Past {
    /// Of `job`: a scratch app is emptied before it is written to, so what it holds now does not count.
    pub(crate) fn of(self, job: &Job) -> Self {
        Self {
            is_under_way: self.is_under_way || job.drill.is_some(),
            ..self
        }
    }
}

impl Standing {
    /// Nothing of it is done.
    fn new() -> Self {
        Self::Plan(Past::default())
    }
}

impl KintoneRestore {
    /// Where `job` stands; only looks.
    pub(crate) async fn standing(
        &self,
        job: &Job,
        manner: &Manner,
    ) -> Result<Standing, RestoreError> {
        let Some(record) = self.record(job).await? else {
            return Ok(Standing::new());
        };
        let checkpoint = Checkpoint::of(&record);
        if record.settled {
            return Ok(if is_asked_again(&checkpoint, manner) {
                Standing::new()
            } else {
                Standing::GoOn(Box::new(record))
            });
        }
        if checkpoint.stage < Reached::Plan {
            return Ok(Standing::new());
        }
        let is_as_planned = job.target.fields.revision == checkpoint.form_revision
            && job.restore.leave_out == checkpoint.leave_out
            && checkpoint.edits.is_empty();
        if checkpoint.stage == Reached::Plan && !is_as_planned {
            tracing::warn!(
                app = job.app(),
                "the form was changed, more is left out, or others edited records; planning again"
            );
            return Ok(Standing::Plan(Past {
                is_under_way: true,
                pins: checkpoint.pins,
                edits: checkpoint.edits,
            }));
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

    pub(crate) async fn claim(&self, job: &Job, manner: &Manner) -> Result<Claim, RestoreError> {
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
}

/// Whether a settled restore is to be done once more; a redelivery of the event that asked for it does not count.
pub(crate) fn is_asked_again(checkpoint: &Checkpoint, manner: &Manner) -> bool {
    manner.force && checkpoint.asked_by != manner.event
}

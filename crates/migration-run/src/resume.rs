//! Going on with a file that stopped half-way.

use migration_folder::{Direction, Folder, Version};
use tokio::time::Instant;

use crate::dirty::open;
use crate::job::{Body, Job, target};
use crate::progress::UNKNOWN_END;
use crate::run::tell;
use crate::state::State;
use crate::stepwise::{self, Start};
use crate::{FileDone, Migrator, RunError, Status, Step, Stopped};

/// What is done with the statement that a file stopped at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// It is run, unless the catalog tells that it is done.
    Ask,
    /// It is run.
    Again,
    /// It is passed over.
    Skip,
}

impl Migrator {
    /// Goes on with the file that stopped, where that is ours and nothing speaks against it.
    pub(crate) async fn resume_if_safe(
        &mut self,
        folder: &Folder,
        state: &State,
        status: &Status,
    ) -> Result<Option<FileDone>, RunError> {
        let stopped = status
            .dirty
            .as_ref()
            .and_then(|dirty| dirty.stopped.as_ref());
        match stopped {
            Some(stopped) if stopped.hindrance.is_none() => {
                self.resume(folder, state, stopped, At::Ask).await.map(Some)
            }
            _ => Ok(None),
        }
    }

    pub(crate) async fn resume(
        &mut self,
        folder: &Folder,
        state: &State,
        stopped: &Stopped,
        at: At,
    ) -> Result<FileDone, RunError> {
        let step = Step {
            version: stopped.version,
            direction: stopped.direction,
        };
        let applied = state.history.applied();
        let job = Job::read(folder, step, before(&applied, step), target(&applied, step))?;
        let has_words = open(state).is_some_and(|entry| {
            entry
                .error
                .as_deref()
                .is_some_and(|words| words != UNKNOWN_END)
        });
        let start = Start::At {
            statement: stopped.statement + usize::from(at == At::Skip),
            ask: at == At::Ask && !has_words,
        };
        let started = Instant::now();
        self.run_file(&job, start).await?;
        Ok(tell(&job, started))
    }

    pub(crate) async fn run_units(&mut self, job: &Job<'_>, start: Start) -> Result<(), RunError> {
        match &job.body {
            Body::Units(units) => stepwise::run(&self.line(), job, units, start).await,
            Body::Transaction(statements) => {
                crate::transaction::run(&self.line(), job, statements).await
            }
        }
    }
}

/// What was stored before `step`: it takes no part in what is applied while it is under way.
fn before(applied: &[Version], step: Step) -> Option<Version> {
    let highest = applied.iter().copied().max();
    match step.direction {
        Direction::Up => highest,
        Direction::Down => highest.max(Some(step.version)),
    }
}

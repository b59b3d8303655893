//! Running files until a goal is reached.

use migration_folder::{Direction, Folder, Version};
use tokio::time::Instant;

use crate::assess::assess;
use crate::dirty::open;
use crate::job::{Body, Job, jobs};
use crate::recover::Fate;
use crate::state::State;
use crate::stepwise::Start;
use crate::{Allowed, Done, FileDone, Goal, Migrator, RunError, lock, plan};

impl Migrator {
    /// Runs the files of `folder` that lead to `goal`, under the lock. All of them are read, and the plan is made, before one is run.
    ///
    /// A file that was left half-way by a run that was killed is gone on with first.
    ///
    /// # Errors
    /// See [`RunError`]. What was applied before stays applied.
    pub async fn run(&mut self, folder: &Folder, goal: Goal) -> Result<Done, RunError> {
        let ran = match self.lock().await {
            Ok(state) => self.run_locked(folder, goal, state).await,
            Err(error) => Err(error),
        };
        lock::unlock(&self.server.session).await;
        ran
    }

    async fn run_locked(
        &mut self,
        folder: &Folder,
        goal: Goal,
        mut state: State,
    ) -> Result<Done, RunError> {
        self.repeat(&state)?;
        let mut status = assess(folder, &state);
        let mut done = Done {
            from: status.version,
            ..Done::default()
        };
        if let Some(file) = self.resume_if_safe(folder, &state, &status).await? {
            done.files.push(file);
            state = State::read(&self.server).await?;
            status = assess(folder, &state);
        }
        done.to = status.version;
        let allowed = Allowed {
            out_of_order: self.options.out_of_order,
            empty_down: self.options.empty_down,
        };
        let steps = plan(folder, &status, goal, allowed)?;
        let jobs = jobs(folder, &status, &steps)?;
        self.prepare(folder, &status, !jobs.is_empty()).await?;
        for job in &jobs {
            if self.options.stop.is_told() {
                let at = format!("before {}", job.file);
                return Err(RunError::Stopped { at });
            }
            let started = Instant::now();
            self.run_file(job, Start::New).await?;
            done.files.push(tell(job, started));
            done.to = job.target;
        }
        Ok(done)
    }

    /// Runs it; where the line broke, looks what the server did, and goes on from there.
    pub(crate) async fn run_file(
        &mut self,
        job: &Job<'_>,
        mut start: Start,
    ) -> Result<(), RunError> {
        for _ in 0..self.options.attempts.get() {
            let (at, source) = match self.run_units(job, start).await {
                Ok(()) => return Ok(()),
                Err(RunError::Lost { at, source }) => (at, source),
                Err(error) => {
                    if matches!(job.body, Body::Transaction(_)) {
                        self.record(job, &error).await;
                    }
                    return Err(error);
                }
            };
            match self.fate(job, at, source).await? {
                Fate::Done => return Ok(()),
                Fate::Undone => start = Start::New,
                Fate::HalfWay(at) => start = at,
            }
        }
        let (file, attempts) = (job.file.clone(), self.options.attempts.get());
        Err(RunError::GaveUp { file, attempts })
    }
}

/// Says in the log that `job` is done.
pub(crate) fn tell(job: &Job<'_>, started: Instant) -> FileDone {
    let done = FileDone {
        version: job.step.version,
        title: job.title.to_owned(),
        direction: job.step.direction,
        took: started.elapsed(),
    };
    let what = match done.direction {
        Direction::Up => "applied",
        Direction::Down => "reverted",
    };
    tracing::info!(
        file = job.file,
        version = job.target.map(Version::to_bigint),
        took_ms = done.took.as_millis(),
        "{what}"
    );
    done
}

/// Where the file that `state` tells of is gone on with.
pub(crate) fn where_it_stopped(state: &State) -> Option<Start> {
    let entry = open(state)?;
    Some(Start::At {
        statement: entry.statement?,
        ask: entry.error.is_none(),
    })
}

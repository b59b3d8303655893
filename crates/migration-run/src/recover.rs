//! After a line broke: what the server did with the file, told by what it stored.
//!
//! The session that is gone held the lock to its end. So whoever gets the lock sees what that session left, whatever it was doing.

use migration_folder::Direction;

use crate::assess::assess;
use crate::dirty::open;
use crate::job::{Body, Job};
use crate::run::where_it_stopped;
use crate::server::Server;
use crate::state::State;
use crate::stepwise::Start;
use crate::{Migrator, RunError, ServerError, Status};

/// What the server did with the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// All of it.
    Done,
    /// Nothing of it.
    Undone,
    /// It is no transaction, and stopped half-way.
    HalfWay(Start),
}

impl Migrator {
    /// Logs in again, and looks what became of `job`.
    pub(crate) async fn fate(
        &mut self,
        job: &Job<'_>,
        at: String,
        source: ServerError,
    ) -> Result<Fate, RunError> {
        tracing::warn!(%source, file = job.file, "the line to the database broke; looking what the server did");
        match Server::connect(&self.address, &self.options).await {
            Ok(server) => self.server = server,
            Err(error) => {
                tracing::warn!(error = %function_core::chain(&error), "the database can't be reached again");
                return Err(RunError::Lost { at, source });
            }
        }
        let state = self.lock().await?;
        let status = assess(job.folder, &state);
        let fate = match where_it_stopped(&state) {
            Some(at) if matches!(job.body, Body::Units(_)) && is_of(&state, job) => {
                match unsure(&status) {
                    None => Some(Fate::HalfWay(at)),
                    Some((line, repair)) => {
                        let at = format!(
                            "the line to the database broke in {} at line {line}",
                            job.file
                        );
                        let source = Some(source);
                        return Err(RunError::Unsure { at, repair, source });
                    }
                }
            }
            _ => fate(job, &status),
        };
        tracing::info!(file = job.file, ?fate, "reached the database again");
        fate.ok_or(RunError::Lost { at, source })
    }
}

/// Whether the file that stopped is that of `job`: another runner may have gone on meanwhile, and stopped at the next.
fn is_of(state: &State, job: &Job<'_>) -> bool {
    let step = open(state).map(|entry| (entry.version, entry.direction));
    step == Some((job.step.version, job.step.direction))
}

/// At which line the file can't simply go on, and why.
fn unsure(status: &Status) -> Option<(usize, String)> {
    let stopped = status.dirty.as_ref()?.stopped.as_ref()?;
    Some((stopped.line, stopped.hindrance.clone()?))
}

/// `None` when another job went on meanwhile.
fn fate(job: &Job<'_>, status: &Status) -> Option<Fate> {
    if status.dirty.is_some() {
        return None;
    }
    let is_applied = status
        .applied
        .iter()
        .any(|applied| applied.version == job.step.version);
    let is_done = is_applied == (job.step.direction == Direction::Up);
    if is_done && status.version == job.target {
        return Some(Fate::Done);
    }
    (!is_done && status.version == job.before).then_some(Fate::Undone)
}

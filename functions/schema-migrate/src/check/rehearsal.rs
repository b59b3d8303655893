//! The pending files in a throw-away database, each as `up` would run it.

mod roles;
mod sight;

use std::collections::BTreeMap;

use function_core::chain;
use migration_folder::{Direction, File, Folder};
use migration_run::{FRESH_SESSION, Status};
use migration_sql::{LockLevel, Locked, Mode, Position};
use postgres_client::{Session, fault};
use schema_catalog::Catalog;
use scratch_postgres::{Scratch, ScratchError};
use tokio_postgres::error::{ErrorPosition, SqlState};

use super::CheckError;
use super::pending::{PendingFile, PendingStatement, Place};
use crate::context::Context;
use crate::error::CommandError;
use crate::replay::replay;
use crate::{difference, scratch};
use sight::{Seen, Sight};

/// How it went.
pub(super) enum Rehearsal {
    /// There was nothing to rehearse.
    Idle,
    /// There was no place for it.
    Skipped {
        /// Why.
        why: String,
    },
    /// It took place.
    Held(Performance),
}

/// What was seen.
#[derive(Default)]
pub(super) struct Performance {
    /// The major version of the server.
    pub(super) major: u32,
    /// How the database differs from what its applied files make: then this tells of another database.
    pub(super) drift: Option<String>,
    seen: BTreeMap<Place, Seen>,
    /// What ended it early.
    pub(super) failure: Option<Failure>,
}

/// A statement that failed.
pub(super) struct Failure {
    pub(super) file: usize,
    pub(super) line: usize,
    /// The server's words.
    pub(super) words: String,
    /// The throw-away server lacks something that the database may have, so it says nothing about that.
    pub(super) is_lack: bool,
}

impl Rehearsal {
    /// The locks that a statement was seen to take.
    pub(super) fn locks(&self, place: Place) -> &[(Locked, LockLevel)] {
        match self {
            Self::Held(performance) => performance
                .seen
                .get(&place)
                .map_or(&[], |seen| seen.locks.as_slice()),
            Self::Idle | Self::Skipped { .. } => &[],
        }
    }

    /// Whether it was seen to write a table anew; `None` when it was not seen.
    pub(super) fn rewrites(&self, place: Place) -> Option<bool> {
        match self {
            Self::Held(performance) => Some(performance.seen.get(&place)?.rewrites),
            Self::Idle | Self::Skipped { .. } => None,
        }
    }

    /// The statement that failed in it.
    pub(super) fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Held(performance) => performance.failure.as_ref(),
            Self::Idle | Self::Skipped { .. } => None,
        }
    }
}

/// Rehearses `files`. Without a server for it the rest of the check is still worth while, so that is no error.
pub(super) async fn run(
    context: &Context,
    folder: &Folder,
    status: &Status,
    session: &Session,
    files: &[PendingFile<'_>],
) -> Result<Rehearsal, CommandError> {
    let scratch = match scratch::open(context).await {
        Ok(scratch) => scratch,
        Err(error) => return Ok(skipped(&error)),
    };
    let held = Box::pin(hold(context, &scratch, folder, status, session, files)).await;
    scratch::close(scratch).await;
    held
}

fn skipped(error: &(dyn std::error::Error + 'static)) -> Rehearsal {
    let why = chain(error);
    Rehearsal::Skipped { why }
}

/// The first session with an empty database.
async fn stage(scratch: &Scratch) -> Result<Session, ScratchError> {
    scratch.database().await?.connect().await
}

async fn hold(
    context: &Context,
    scratch: &Scratch,
    folder: &Folder,
    status: &Status,
    session: &Session,
    files: &[PendingFile<'_>],
) -> Result<Rehearsal, CommandError> {
    let stage = match stage(scratch).await {
        Ok(stage) => stage,
        Err(error) => return Ok(skipped(&error)),
    };
    if context.config.scratch_url.is_none()
        && let Err(error) = roles::copy(session, &stage).await
    {
        return Ok(skipped(&error));
    }
    let applied: Vec<&File> = status
        .applied
        .iter()
        .filter_map(|applied| folder.migration(applied.version)?.file(Direction::Up))
        .collect();
    if let Err(error) = replay(&stage, &applied).await {
        let why = format!("the applied files can't be run there: {}", chain(&error));
        return Ok(Rehearsal::Skipped { why });
    }
    let mut performance = Performance {
        major: scratch.version() / 10_000,
        drift: drift(context, scratch, session, &stage).await?,
        ..Performance::default()
    };
    for (number, file) in files.iter().enumerate() {
        if performance.failure.is_none() {
            let played = play(&stage, number, file, &mut performance.seen).await;
            match played {
                Ok(failure) => performance.failure = failure,
                // The throw-away server went away in the middle of it.
                Err(error) => return Ok(skipped(&error)),
            }
        }
    }
    Ok(Rehearsal::Held(performance))
}

/// How the database differs from `stage`; servers of two versions do not write a schema in the same words.
async fn drift(
    context: &Context,
    scratch: &Scratch,
    session: &Session,
    stage: &Session,
) -> Result<Option<String>, CommandError> {
    const VERSION: &str = "SELECT current_setting('server_version_num')::int4";
    let failed = CheckError::query("asking for the version");
    let rows = session.query_typed(VERSION, &[]).await.map_err(&failed)?;
    let version: Option<i32> = rows
        .first()
        .map(|row| row.try_get(0))
        .transpose()
        .map_err(&failed)?;
    if version.is_none_or(|version| version.unsigned_abs() / 10_000 != scratch.version() / 10_000) {
        return Ok(None);
    }
    let filter = scratch::filter(context);
    let is = Catalog::read(session, &filter).await?;
    let made = Catalog::read(stage, &filter).await?;
    let differences = made.differences(&is);
    Ok((!differences.is_empty()).then(|| difference::shown(&differences)))
}

/// Runs one file and keeps it: the next may need it, and the database goes with all that is in it.
async fn play(
    stage: &Session,
    number: usize,
    file: &PendingFile<'_>,
    seen: &mut BTreeMap<Place, Seen>,
) -> Result<Option<Failure>, CheckError> {
    let Ok(mode) = &file.mode else {
        return Ok(None);
    };
    let is_one = !matches!(mode, Mode::NoTransaction(_));
    let failed = CheckError::query("rehearsing");
    stage
        .batch_execute(&FRESH_SESSION.join("; "))
        .await
        .map_err(&failed)?;
    if is_one {
        stage.batch_execute("BEGIN").await.map_err(&failed)?;
    }
    let mut sight = Sight::first(stage).await?;
    for (statement, pending) in file.statements.iter().enumerate() {
        let place = Place {
            file: number,
            statement,
        };
        if let Err(error) = stage.batch_execute(pending.statement.text).await {
            if error.code().is_none() {
                return Err(failed(error));
            }
            let failure = failure(number, pending, error);
            if is_one {
                stage.batch_execute("ROLLBACK").await.map_err(&failed)?;
            }
            return Ok(Some(failure));
        }
        seen.insert(place, sight.next(stage, &pending.facts.kind).await?);
    }
    if !is_one {
        return Ok(None);
    }
    match stage.batch_execute("COMMIT").await {
        Err(error) if error.code().is_none() => Err(failed(error)),
        committed => {
            let refused = committed.err().zip(file.statements.last());
            Ok(refused.map(|(error, last)| failure(number, last, error)))
        }
    }
}

fn failure(file: usize, pending: &PendingStatement<'_>, error: tokio_postgres::Error) -> Failure {
    let position = error.as_db_error().and_then(|error| error.position());
    let below = match position {
        Some(ErrorPosition::Original(character)) => {
            let character = usize::try_from(*character).unwrap_or_default();
            Position::of_character(pending.statement.text, character).line - 1
        }
        _ => 0,
    };
    Failure {
        file,
        line: pending.statement.line + below,
        is_lack: is_lack(pending, &error),
        words: fault::words(error).to_string(),
    }
}

/// An extension that is not installed, a role that is not there, a right that the throw-away server's role does not have.
fn is_lack(pending: &PendingStatement<'_>, error: &tokio_postgres::Error) -> bool {
    let Some(server) = error.as_db_error() else {
        return false;
    };
    let state = server.code();
    pending.facts.kind.ends_with("EXTENSION")
        || *state == SqlState::UNDEFINED_FILE
        || *state == SqlState::INSUFFICIENT_PRIVILEGE
        || (*state == SqlState::UNDEFINED_OBJECT && server.message().starts_with("role "))
}

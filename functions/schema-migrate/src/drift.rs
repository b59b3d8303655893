//! `drift`: what the database has that its migrations do not make, and what it lacks.

use function_core::{Exit, Retryable as _};
use migration_folder::{Direction, File, Folder, Version};
use migration_run::Status;
use postgres_client::Session;
use schema_catalog::{Catalog, CatalogError};
use scratch_postgres::{Scratch, ScratchError};

use crate::context::Context;
use crate::error::CommandError;
use crate::replay::{ReplayError, replay};
use crate::{difference, scratch};

/// Why it is not known whether the database differs.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DriftError {
    /// There is no throw-away database.
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    /// The migrations that were applied don't run from the first to the last.
    #[error(
        "the applied migrations can't be run in an empty database, so it is not known what they lead to"
    )]
    Replay(#[source] ReplayError),
    /// The two servers write the same schema in different words.
    #[error(
        "the throw-away server is PostgreSQL {scratch} and the database's is {database}, which do not write the same schema in the \
         same words: name a server of version {database} by SCRATCH_URL, or its programs by POSTGRES_BIN"
    )]
    OtherVersion {
        /// The major version of the throw-away server.
        scratch: u32,
        /// That of the database's.
        database: u32,
    },
    /// An applied migration has no file.
    #[error(
        "the database has version {version}, of which the folder has no up file: what it should look like is not known; take the \
         folder that was applied"
    )]
    Missing {
        /// Which.
        version: Version,
    },
}

impl DriftError {
    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Scratch(error) if error.is_retryable() => Exit::TryAgain,
            Self::Replay(error) if error.is_retryable() => Exit::TryAgain,
            Self::Scratch(_) | Self::Replay(_) => Exit::Failed,
            Self::OtherVersion { .. } | Self::Missing { .. } => Exit::Refused,
        }
    }
}

/// Compares the database with what its applied migrations make of an empty one.
pub(crate) async fn run(context: &Context) -> Result<Exit, CommandError> {
    let folder = context.folder()?;
    let status = context.migrator().await?.status(&folder).await?;
    let files = applied(&folder, &status)?;
    warn_of(&status, context);
    let session = context.reader().await?;
    let is = Catalog::read(&session, &scratch::filter(context)).await?;
    let database = version(&session).await?;

    let scratch = scratch::open(context).await.map_err(DriftError::from)?;
    let made = Box::pin(made(context, &scratch, &files, database)).await;
    scratch::close(scratch).await;
    let made = made?;

    let differences = made.differences(&is);
    let count = match files.len() {
        1 => "1 applied migration makes".to_owned(),
        count => format!("{count} applied migrations make"),
    };
    if differences.is_empty() {
        context
            .output
            .say(&format!("the database is what its {count}"));
        return Ok(Exit::Done);
    }
    context.output.warn(&format!(
        "the database is not what its {count} (-: made, +: found)\n{}",
        difference::shown(&differences)
    ));
    Ok(Exit::Differences)
}

/// The up files of the versions that are applied; a migration without one changes nothing.
fn applied<'a>(folder: &'a Folder, status: &Status) -> Result<Vec<&'a File>, DriftError> {
    let mut files = Vec::new();
    for applied in &status.applied {
        let version = applied.version;
        let migration = folder.migration(version);
        let migration = migration.ok_or(DriftError::Missing { version })?;
        files.extend(migration.file(Direction::Up));
    }
    Ok(files)
}

fn warn_of(status: &Status, context: &Context) {
    if status.dirty.is_some() {
        context
            .output
            .warn("a migration stopped half-way: what it did is among the differences");
    }
    for edited in &status.edited {
        context.output.warn(&format!(
            "{} was changed after it was applied: the database is held against what it says now",
            edited.file
        ));
    }
}

/// What the files make of an empty database.
async fn made(
    context: &Context,
    scratch: &Scratch,
    files: &[&File],
    database: u32,
) -> Result<Catalog, CommandError> {
    const MAJOR: u32 = 10_000;
    let (scratch_major, database) = (scratch.version() / MAJOR, database / MAJOR);
    if scratch_major != database {
        let scratch = scratch_major;
        return Err(DriftError::OtherVersion { scratch, database }.into());
    }
    let empty = scratch.database().await.map_err(DriftError::from)?;
    let session = empty.connect().await.map_err(DriftError::from)?;
    replay(&session, files).await.map_err(DriftError::Replay)?;
    Ok(Catalog::read(&session, &scratch::filter(context)).await?)
}

/// The server's `server_version_num`, such as 150018.
async fn version(session: &Session) -> Result<u32, CatalogError> {
    let row = session
        .query_typed("SELECT current_setting('server_version_num')::int4", &[])
        .await?;
    let number: i32 = row.first().map_or(Ok(0), |row| row.try_get(0))?;
    Ok(number.unsigned_abs())
}

//! `baseline`: a database that has a schema already.

use function_core::Exit;
use migration_folder::Version;

use super::migrate::{counted, sound_folder, version_words};
use crate::context::Context;
use crate::error::CommandError;

/// Takes the database as being at `version`; nothing is run.
pub(crate) async fn run(context: &Context, version: Version) -> Result<Exit, CommandError> {
    let folder = sound_folder(context)?;
    let mut migrator = context.migrator().await?;
    let applied = migrator.baseline(&folder, version).await?;
    let version = Some(version);
    let words = format!(
        "nothing was run, and {} counted as applied; {}",
        counted(applied.len()),
        version_words(version)
    );
    context.output.version(&words, version);
    Ok(Exit::Done)
}

//! `write`: from the folder to the declared schema, in files that are proven before anybody sees them.
//!
//! Two throw-away databases: the folder's migrations are run in one, the declared files in the other. What differs
//! becomes statements there and back. The new files are run in the first database, which has to become the second one,
//! and back again, which has to bring back what was there. Only then are they written.

mod beyond;
mod declared;
mod error;
mod files;
mod proof;

use function_core::Exit;
use migration_folder::{Direction, File, Folder, NewFile, SumState};
use postgres_client::Session;
use schema_catalog::{Catalog, Filter};
use schema_diff::{Request, diff};
use scratch_postgres::Scratch;

pub(crate) use self::error::WriteError;
use crate::command::WriteArguments;
use crate::context::Context;
use crate::replay::replay;
use crate::scratch;

/// Writes the migration, or says that there is nothing to write.
pub(crate) async fn run(context: &Context, arguments: &WriteArguments) -> Result<Exit, WriteError> {
    let folder = Folder::read_or_empty(&context.config.migrations_dir)?;
    if let SumState::Broken { fault, .. } = folder.sum() {
        return Err(WriteError::Sum(fault.clone()));
    }
    let declared = declared::read(&context.config.schema_dir)?;
    let noted = beyond::notes(&declared)?;
    let scratch = scratch::open(context).await?;
    let work = Work {
        context,
        arguments,
        folder: &folder,
        declared: &declared,
    };
    let proven = Box::pin(work.proven(&scratch)).await;
    scratch::close(scratch).await;
    let proven = proven?;
    let Some(proven) = proven else {
        let already = "the migrations lead to the declared schema already; nothing was written";
        context.output.say(&with_notes(already.to_owned(), &noted));
        return Ok(Exit::Done);
    };
    folder.add(&proven.files)?;
    let told = with_notes(proven.told(&folder), &proven.notes);
    context.output.say(&with_notes(told, &noted));
    Ok(Exit::Done)
}

fn with_notes(mut told: String, notes: &[String]) -> String {
    for note in notes {
        told.push_str("\nnote: ");
        told.push_str(note);
    }
    told
}

/// What a run works with.
struct Work<'a> {
    context: &'a Context,
    arguments: &'a WriteArguments,
    folder: &'a Folder,
    declared: &'a [File],
}

/// Files that lead to the declared schema and back.
struct Proven {
    files: Vec<NewFile>,
    notes: Vec<String>,
}

impl Proven {
    fn told(&self, folder: &Folder) -> String {
        let path = |file: &NewFile| folder.path().join(&file.name).display().to_string();
        let mut lines: Vec<_> = self.files.iter().map(path).collect();
        lines.push(
            "proven: the up files lead to the declared schema, the down files back".to_owned(),
        );
        lines.join("\n")
    }
}

impl Work<'_> {
    /// `None` where there is nothing to do.
    async fn proven(&self, scratch: &Scratch) -> Result<Option<Proven>, WriteError> {
        let filter = Filter {
            // In both databases everything is ours, so what differs was granted by somebody.
            has_rights: true,
            ..scratch::filter(self.context)
        };
        let (from, to) = tokio::try_join!(scratch.database(), scratch.database())?;
        let (from, to) = tokio::try_join!(from.connect(), to.connect())?;
        let ((), ()) = tokio::try_join!(self.replay_folder(&from), self.apply_declared(&to))?;
        let (before, wanted) =
            tokio::try_join!(Catalog::read(&from, &filter), Catalog::read(&to, &filter))?;
        let script = diff(&before, &wanted, &self.request())?;
        if script.is_empty() {
            proof::equal(&before, &wanted)?;
            return Ok(None);
        }
        let migrations = files::migrations(
            &script,
            &self.arguments.name,
            self.folder,
            self.context.clock.now(),
        )?;
        proof::prove(&from, &filter, before, &wanted, &migrations).await?;
        Ok(Some(Proven {
            files: migrations
                .into_iter()
                .flat_map(files::Pair::files)
                .collect(),
            notes: script.notes,
        }))
    }

    async fn replay_folder(&self, session: &Session) -> Result<(), WriteError> {
        let migrations = self.folder.migrations().values();
        let files: Vec<_> = migrations
            .filter_map(|migration| migration.file(Direction::Up))
            .collect();
        replay(session, &files).await.map_err(WriteError::Folders)
    }

    async fn apply_declared(&self, session: &Session) -> Result<(), WriteError> {
        let files: Vec<_> = self.declared.iter().collect();
        replay(session, &files).await.map_err(WriteError::Declared)
    }

    fn request(&self) -> Request {
        let arguments = self.arguments.clone();
        Request {
            renames: arguments.renames,
            drops: arguments.drops,
            backfills: arguments.backfills,
            is_safe: !arguments.is_unsafe,
        }
    }
}

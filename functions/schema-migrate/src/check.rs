//! `check`: what `up` would do to the database and what would stop it, found out without touching it.
//!
//! Four looks, each at what the one before can't see: the folder against the database, the words of each pending statement
//! (its locks, and advice), a rehearsal in a throw-away database, and the rows that are there.

mod changes;
mod error;
mod json;
mod locks;
mod pending;
mod query;
mod rehearsal;
mod relation;
mod report;
mod rows;
mod stops;
mod text;

use function_core::Exit;
use migration_folder::{Folder, SumState};
use migration_run::{Allowed, Goal, RunError, Status, plan};
use postgres_client::Session;

pub(crate) use error::CheckError;

use crate::context::Context;
use crate::error::CommandError;
use pending::PendingFile;
use rehearsal::Rehearsal;
use report::Report;

/// Tells what `up` would do: 3 if something would stop it, and its own error and exit code if it would refuse to begin.
pub(crate) async fn run(context: &Context, is_json: bool) -> Result<Exit, CommandError> {
    let folder = context.folder()?;
    if let SumState::Broken { fault, .. } = folder.sum() {
        return Err(CommandError::Sum(fault.clone()));
    }
    let status = context.migrator().await?.status(&folder).await?;
    let report = Box::pin(report(context, &folder, &status)).await?;
    let exit = report.exit();
    if is_json {
        context.output.json(&json::of(&report));
    } else if exit == Exit::Done {
        context.output.say(&text::of(&report));
    } else {
        context.output.warn(&text::of(&report));
    }
    Ok(exit)
}

async fn report<'a>(
    context: &Context,
    folder: &'a Folder,
    status: &Status,
) -> Result<Report<'a>, CommandError> {
    let allowed = Allowed {
        out_of_order: context.config.out_of_order,
        ..Allowed::default()
    };
    let begun = status.once_gone_on();
    let steps = plan(folder, &begun, Goal::Latest, allowed).map_err(RunError::from)?;
    let session = context.reader().await?;
    // Rows that a policy hides are an error, not a silence.
    let shown = session.batch_execute("SET row_security = off").await;
    shown.map_err(CheckError::query("beginning to read"))?;
    let files = pending::files(folder, &steps, &context.config.lint)?;
    let rehearsal = rehearse(context, folder, &begun, &session, &files).await?;
    let mut report = Report {
        database: context.database()?.address.describe().to_owned(),
        version: status.version,
        locks: locks::told(&session, &files, &rehearsal).await?,
        stops: stops::of_words(&files, &rehearsal),
        doubts: Vec::new(),
        rehearsal,
        files,
    };
    stops::of_rows(&session, &mut report).await?;
    Ok(report)
}

/// Where nothing is pending there is nothing to rehearse.
async fn rehearse(
    context: &Context,
    folder: &Folder,
    status: &Status,
    session: &Session,
    files: &[PendingFile<'_>],
) -> Result<Rehearsal, CommandError> {
    if files.is_empty() {
        return Ok(Rehearsal::Idle);
    }
    Box::pin(rehearsal::run(context, folder, status, session, files)).await
}

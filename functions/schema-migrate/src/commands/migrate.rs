//! `up`, `down` and `goto`.

use function_core::Exit;
use migration_folder::{Direction, Folder, SumState, Version};
use migration_run::{Done, FileDone, Goal, Options};

use crate::context::Context;
use crate::error::CommandError;

/// Brings the database to the `goal` in the folder, and tells which version it is at then.
pub(crate) async fn run(
    context: &Context,
    goal: impl FnOnce(&Folder) -> Goal,
    empty_down: bool,
) -> Result<Exit, CommandError> {
    let folder = sound_folder(context)?;
    let options = Options {
        empty_down,
        ..context.options()
    };
    let mut migrator = context.migrator_with(options).await?;
    let done = migrator.run(&folder, goal(&folder)).await?;
    context.output.version(&words(&done), done.to);
    Ok(Exit::Done)
}

/// What `goto VERSION` means: 0 is before the first migration, unless that is one's version.
pub(crate) fn goal(folder: &Folder, version: Version) -> Goal {
    if version.to_bigint() == 0 && folder.migration(version).is_none() {
        return Goal::DownAll;
    }
    Goal::GoTo(version)
}

/// The folder, where its `atlas.sum` belongs to its files or there is none.
pub(super) fn sound_folder(context: &Context) -> Result<Folder, CommandError> {
    let folder = context.folder()?;
    match folder.sum() {
        SumState::Broken { fault, .. } => Err(CommandError::Sum(fault.clone())),
        SumState::Absent | SumState::Good(_) => Ok(folder),
    }
}

/// `2 migrations applied; current version is 20230330050530`.
fn words(done: &Done) -> String {
    let of = |direction| move |file: &&FileDone| file.direction == direction;
    let applied = done.files.iter().filter(of(Direction::Up)).count();
    let reverted = done.files.iter().filter(of(Direction::Down)).count();
    let version = version_words(done.to);
    match (applied, reverted) {
        (0, 0) => format!("nothing to do: {version}"),
        (0, reverted) => format!("{} reverted; {version}", counted(reverted)),
        (applied, 0) => format!("{} applied; {version}", counted(applied)),
        (applied, reverted) => {
            format!(
                "{} applied and {reverted} reverted; {version}",
                counted(applied)
            )
        }
    }
}

pub(super) fn version_words(version: Option<Version>) -> String {
    match version {
        Some(version) => format!("current version is {version}"),
        None => "no migration is applied".to_owned(),
    }
}

pub(super) fn counted(count: usize) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} migration{plural}")
}

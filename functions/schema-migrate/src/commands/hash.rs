//! `hash`: `atlas.sum`, written or checked.

use function_core::{Exit, chain};
use migration_folder::{Direction, File, Folder, SumState, Variant, sum};
use migration_run::runnable;

use super::migrate::counted;
use crate::context::Context;
use crate::error::CommandError;

/// Writes `atlas.sum` in the variant that is there; or only says whether it and the files are sound.
pub(crate) fn run(context: &Context, is_check: bool) -> Result<Exit, CommandError> {
    let folder = context.folder()?;
    if is_check {
        return Ok(check(context, &folder));
    }
    let variant = folder.sum().variant().unwrap_or(Variant::UpOnly);
    sum::write(&folder, variant)?;
    context
        .output
        .say(&format!("atlas.sum is written, over {}", variant.as_str()));
    Ok(Exit::Done)
}

fn check(context: &Context, folder: &Folder) -> Exit {
    let faults = faults(folder);
    if !faults.is_empty() {
        context.output.warn(&faults.join("\n"));
        return Exit::Failed;
    }
    let sum = match folder.sum() {
        SumState::Good(variant) => format!("atlas.sum is good, over {}", variant.as_str()),
        _ => "there is no atlas.sum, which golang-migrate does not need".to_owned(),
    };
    let count = counted(folder.migrations().len());
    context.output.say(&format!("{count} can be run; {sum}"));
    Exit::Done
}

/// What would stop a run on any database: a sum that does not belong to the files, a file that is no SQL of a server's.
fn faults(folder: &Folder) -> Vec<String> {
    let mut faults = Vec::new();
    if let SumState::Broken { fault, .. } = folder.sum() {
        faults.push(fault.to_string());
    }
    let migrations = folder.migrations().values();
    let files = migrations.flat_map(|migration| {
        [Direction::Up, Direction::Down]
            .into_iter()
            .filter_map(|direction| migration.file(direction))
    });
    faults.extend(files.filter_map(fault));
    faults
}

fn fault(file: &File) -> Option<String> {
    let text = match file.text() {
        Ok(text) => text,
        Err(error) => return Some(error.to_string()),
    };
    let error = runnable(text).err()?;
    Some(format!("{}: {}", file.name(), chain(&error)))
}

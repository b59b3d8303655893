//! `repair`: after a file stopped half-way, or after somebody changed what is applied.

use function_core::{Exit, first_few};
use migration_folder::{Folder, Version};
use migration_run::{PlanError, Repair, Repaired, RunError};

use super::migrate::{counted, version_words};
use crate::command::RepairArguments;
use crate::context::Context;
use crate::error::CommandError;

/// How many versions a line names.
const SHOWN_MAX: usize = 10;

/// Says what is there and puts it right: goes on where a file stopped, or takes a person's word.
pub(crate) async fn run(
    context: &Context,
    arguments: &RepairArguments,
) -> Result<Exit, CommandError> {
    let folder = context.folder()?;
    let mut migrator = context.migrator().await?;
    for repair in repairs(&folder, arguments) {
        let repaired = match migrator.repair(&folder, repair).await {
            Err(RunError::Plan(error @ PlanError::NothingToRepair)) => {
                context.output.say(&error.to_string());
                return Ok(Exit::Done);
            }
            repaired => repaired?,
        };
        let words = words(repair, &repaired);
        context.output.version(&words, repaired.version);
    }
    Ok(Exit::Done)
}

/// What `arguments` ask for: without any, to go on where a file stopped.
fn repairs(folder: &Folder, arguments: &RepairArguments) -> Vec<Repair> {
    let RepairArguments { accept, skip, to } = arguments;
    match to {
        Some(version) => vec![Repair::SetTo(at(folder, *version))],
        None if *skip => vec![Repair::Skip],
        None if accept.is_empty() => vec![Repair::Resume],
        None => accept.iter().copied().map(Repair::Accept).collect(),
    }
}

/// The version, or none: 0 is before the first migration, unless that is one's version.
fn at(folder: &Folder, version: Version) -> Option<Version> {
    let is_none = version.to_bigint() == 0 && folder.migration(version).is_none();
    (!is_none).then_some(version)
}

/// A line for what was found, and one for each thing that was done about it.
fn words(repair: Repair, repaired: &Repaired) -> String {
    let Repaired {
        found,
        resumed,
        applied,
        reverted,
        version,
    } = repaired;
    let mut lines = Vec::new();
    if let Some(found) = found {
        lines.push(format!("found: {found}"));
    }
    if let Some(file) = resumed {
        let milliseconds = file.took.as_millis();
        lines.push(format!(
            "the {} file of version {} is done, in {milliseconds} ms",
            file.direction, file.version
        ));
    }
    if let Repair::Accept(version) = repair {
        lines.push(format!(
            "the files of version {version} are taken as they are now"
        ));
    }
    for (versions, what) in [
        (applied, "count as applied now"),
        (reverted, "count as applied no more"),
    ] {
        if !versions.is_empty() {
            lines.push(format!(
                "{} {what}: {}",
                counted(versions.len()),
                listed(versions)
            ));
        }
    }
    lines.push(version_words(*version));
    lines.join("\n")
}

fn listed(versions: &[Version]) -> String {
    let versions: Vec<_> = versions.iter().map(ToString::to_string).collect();
    first_few(&versions, SHOWN_MAX, ", ")
}

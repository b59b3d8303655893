//! Which files a goal needs, in which order; pure.

use std::num::NonZeroUsize;

use migration_folder::{Direction, Folder, Version};

use crate::out_of_order::Renames;
use crate::{PlanError, Status};

/// Where a database shall be brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Everything that is pending is applied.
    Latest,
    /// The next so many are applied.
    UpBy(NonZeroUsize),
    /// Everything up to this version is applied.
    UpTo(Version),
    /// The last so many are reverted.
    DownBy(NonZeroUsize),
    /// All are reverted.
    DownAll,
    /// This is the version, whichever way that is.
    GoTo(Version),
}

/// What a plan may do that it otherwise refuses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Apply versions below the stored one.
    pub out_of_order: bool,
    /// Revert, by doing nothing, what has no down file.
    pub empty_down: bool,
}

/// One file to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The migration's version.
    pub version: Version,
    /// Which of its files.
    pub direction: Direction,
}

/// The files that lead from `status` to `goal`, in order.
///
/// # Errors
/// The folder and the database do not belong together, or the goal can't be reached.
pub fn plan(
    folder: &Folder,
    status: &Status,
    goal: Goal,
    allowed: Allowed,
) -> Result<Vec<Step>, PlanError> {
    agree(folder, status)?;
    match goal {
        Goal::Latest => up(folder, status, allowed, None),
        Goal::UpBy(count) => up(folder, status, allowed, None).map(|mut steps| {
            steps.truncate(count.get());
            steps
        }),
        Goal::UpTo(version) => up_to(folder, status, allowed, version),
        Goal::DownBy(count) => down_by(folder, status, allowed, count.get()),
        Goal::DownAll => down(folder, status, allowed, |_| true),
        Goal::GoTo(version) => {
            known(folder, version)?;
            if status.version.is_some_and(|current| version < current) {
                applied(status, version)?;
                down(folder, status, allowed, |applied| applied > version)
            } else {
                up(folder, status, allowed, Some(version))
            }
        }
    }
}

/// Whether the database can go back to `version`: what was never applied it can't be at by going back.
fn applied(status: &Status, version: Version) -> Result<(), PlanError> {
    let is_applied = status
        .applied
        .iter()
        .any(|applied| applied.version == version);
    is_applied
        .then_some(())
        .ok_or(PlanError::PassedOver { version })
}

/// Whether the folder is what the database was migrated with.
fn agree(folder: &Folder, status: &Status) -> Result<(), PlanError> {
    if let Some(dirty) = &status.dirty {
        return Err(PlanError::dirty(dirty));
    }
    if let (Some(version), Some(newest)) = (status.ahead, folder.newest()) {
        return Err(PlanError::Ahead { version, newest });
    }
    if !status.missing.is_empty() {
        let versions = status.missing.clone();
        return Err(PlanError::Missing { versions });
    }
    if !status.edited.is_empty() {
        let files = status.edited.clone();
        return Err(PlanError::Edited { files });
    }
    Ok(())
}

fn up(
    folder: &Folder,
    status: &Status,
    allowed: Allowed,
    last: Option<Version>,
) -> Result<Vec<Step>, PlanError> {
    if let (false, [_, ..], Some(version)) = (
        allowed.out_of_order,
        &status.out_of_order[..],
        status.version,
    ) {
        return Err(PlanError::OutOfOrder {
            versions: status.out_of_order.clone(),
            version,
            renames: Renames::of(folder, &status.out_of_order),
        });
    }
    let versions = status.out_of_order.iter().chain(&status.pending).copied();
    let steps = versions
        .filter(|version| last.is_none_or(|last| *version <= last))
        .map(|version| Step {
            version,
            direction: Direction::Up,
        });
    Ok(steps.collect())
}

fn up_to(
    folder: &Folder,
    status: &Status,
    allowed: Allowed,
    version: Version,
) -> Result<Vec<Step>, PlanError> {
    known(folder, version)?;
    let is_open = status.out_of_order.contains(&version);
    if let Some(current) = status
        .version
        .filter(|current| version < *current && !is_open)
    {
        return Err(PlanError::Below { version, current });
    }
    up(folder, status, allowed, Some(version))
}

fn down_by(
    folder: &Folder,
    status: &Status,
    allowed: Allowed,
    wanted: usize,
) -> Result<Vec<Step>, PlanError> {
    let applied = status.applied.len();
    if wanted > applied {
        return Err(PlanError::TooMany { wanted, applied });
    }
    let first = status.applied.get(applied - wanted);
    let first = first.map(|migration| migration.version);
    down(folder, status, allowed, |applied| {
        first.is_some_and(|first| applied >= first)
    })
}

fn down(
    folder: &Folder,
    status: &Status,
    allowed: Allowed,
    is_wanted: impl Fn(Version) -> bool,
) -> Result<Vec<Step>, PlanError> {
    let applied = status.applied.iter().rev();
    let versions: Vec<_> = applied
        .map(|migration| migration.version)
        .filter(|version| is_wanted(*version))
        .collect();
    let has_none = |version: &Version| {
        let migration = folder.migration(*version);
        migration.is_none_or(|migration| migration.down.is_none())
    };
    let without: Vec<_> = versions.iter().copied().filter(has_none).collect();
    if !without.is_empty() && !allowed.empty_down {
        return Err(PlanError::NoDownFile { versions: without });
    }
    let steps = versions.into_iter().map(|version| Step {
        version,
        direction: Direction::Down,
    });
    Ok(steps.collect())
}

fn known(folder: &Folder, version: Version) -> Result<(), PlanError> {
    if folder.migration(version).is_some() {
        return Ok(());
    }
    let newest = folder.newest();
    Err(PlanError::Unknown { version, newest })
}

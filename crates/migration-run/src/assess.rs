//! The folder held against what the database has seen; pure.
//!
//! The stored version decides, as it is all that golang-migrate knows; the history tells what led there. Where the two
//! differ, another tool ran meanwhile: what it passed on its way up or down is adopted.

use std::collections::BTreeSet;

use migration_folder::{Direction, File, Folder, Migration, Version};

use crate::dirty::dirty;
use crate::history::{Entry, History, Outcome};
use crate::state::State;
use crate::{Adopted, Applied, Edited, Origin, Renamed, Status};

/// What a database in `state` has seen of `folder`.
pub(crate) fn assess(folder: &Folder, state: &State) -> Status {
    let history = &state.history;
    let recorded: BTreeSet<_> = recorded(history).map(|entry| entry.version).collect();
    let adopted = if state.dirty {
        Vec::new()
    } else {
        adopted(folder, state, &recorded)
    };
    let mut versions = recorded;
    for Adopted { version, direction } in &adopted {
        match direction {
            Direction::Up => versions.insert(*version),
            Direction::Down => versions.remove(version),
        };
    }
    let open = |version: &&Version| !versions.contains(version);
    let is_below = |version: &Version| state.version.is_some_and(|stored| *version <= stored);
    let (out_of_order, pending) = folder
        .migrations()
        .keys()
        .filter(open)
        .partition(|version| is_below(version));
    let kept: Vec<_> = versions
        .iter()
        .filter_map(|version| {
            history
                .settled
                .get(version)
                .filter(|entry| entry.is_applied())
        })
        .collect();
    let ahead = state
        .version
        .filter(|version| folder.newest().is_some_and(|newest| *version > newest));
    Status {
        version: state.version,
        dirty: state.dirty.then(|| dirty(folder, state)),
        applied: versions
            .iter()
            .map(|version| applied(folder, history, *version))
            .collect(),
        pending,
        out_of_order,
        edited: kept
            .iter()
            .flat_map(|entry| edited(folder, entry))
            .collect(),
        missing: missing(folder, state, &kept),
        renamed: kept
            .iter()
            .filter_map(|entry| renamed(folder, entry))
            .collect(),
        ahead,
        adopted,
    }
}

fn recorded(history: &History) -> impl Iterator<Item = &Entry> {
    history.settled.values().filter(|entry| entry.is_applied())
}

fn adopted(folder: &Folder, state: &State, recorded: &BTreeSet<Version>) -> Vec<Adopted> {
    let highest = recorded.last().copied();
    let passed = folder.migrations().keys().copied().filter(|version| {
        let is_new = !recorded.contains(version);
        let is_passed = highest.is_none_or(|highest| *version > highest)
            && state.version.is_some_and(|stored| *version <= stored);
        is_new && (is_passed || state.version == Some(*version))
    });
    let up = passed.map(|version| (version, Direction::Up));
    let left = recorded
        .iter()
        .rev()
        .copied()
        .filter(|version| state.version.is_none_or(|stored| *version > stored));
    let down = left.map(|version| (version, Direction::Down));
    down.chain(up)
        .map(|(version, direction)| Adopted { version, direction })
        .collect()
}

fn applied(folder: &Folder, history: &History, version: Version) -> Applied {
    let entry = history
        .settled
        .get(&version)
        .filter(|entry| entry.is_applied());
    let title = folder
        .migration(version)
        .map(|migration| migration.title.clone());
    Applied {
        version,
        title: title
            .or_else(|| entry.map(|entry| entry.title.clone()))
            .unwrap_or_default(),
        origin: match entry.map(|entry| entry.outcome) {
            Some(Outcome::Baseline) => Origin::Baseline,
            Some(Outcome::Repaired) => Origin::Repaired,
            Some(Outcome::Adopted) | None => Origin::Adopted,
            Some(_) => Origin::Applied,
        },
        by: entry.map(|entry| entry.applied_by.clone()),
        at: entry.and_then(|entry| entry.started_at),
        took: entry.map(|entry| entry.took),
    }
}

/// A down file may be added or removed later, which harms nobody before somebody goes down; an up file may not.
fn edited(folder: &Folder, entry: &Entry) -> Vec<Edited> {
    let Some(migration) = folder.migration(entry.version) else {
        return Vec::new();
    };
    let differs = |file: &Option<File>, recorded: &Option<String>| {
        file.as_ref().map(|file| file.checksum().as_str()) != recorded.as_deref()
    };
    let up = differs(&migration.up, &entry.checksum);
    let down = migration.down.is_some()
        && entry.down_checksum.is_some()
        && differs(&migration.down, &entry.down_checksum);
    let one = |direction| Edited {
        version: entry.version,
        direction,
        file: file_name(migration, direction),
    };
    let files = [(up, Direction::Up), (down, Direction::Down)].into_iter();
    files
        .filter(|(is_edited, _)| *is_edited)
        .map(|(_, direction)| one(direction))
        .collect()
}

fn file_name(migration: &Migration, direction: Direction) -> String {
    let name = migration.file(direction).map(|file| file.name().to_owned());
    name.unwrap_or_else(|| format!("{}_{}.{direction}.sql", migration.version, migration.title))
}

/// What was accepted as missing has a row without checksums.
fn missing(folder: &Folder, state: &State, kept: &[&Entry]) -> Vec<Version> {
    let newest = folder.newest();
    let has_none =
        |version: &Version| folder.migration(*version).is_none() && Some(*version) <= newest;
    let is_known = |entry: &&&Entry| {
        entry.outcome != Outcome::Repaired
            || entry.checksum.is_some()
            || entry.down_checksum.is_some()
    };
    let mut missing: BTreeSet<_> = kept
        .iter()
        .filter(is_known)
        .map(|entry| entry.version)
        .filter(has_none)
        .collect();
    let accepted = |version: &Version| kept.iter().any(|entry| entry.version == *version);
    missing.extend(
        state
            .version
            .filter(|_| !state.dirty)
            .filter(has_none)
            .filter(|version| !accepted(version)),
    );
    missing.into_iter().collect()
}

fn renamed(folder: &Folder, entry: &Entry) -> Option<Renamed> {
    let migration = folder.migration(entry.version)?;
    (migration.title != entry.title && !entry.title.is_empty()).then(|| Renamed {
        version: entry.version,
        was: entry.title.clone(),
        is: migration.title.clone(),
    })
}

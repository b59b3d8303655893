//! Why nothing may be run, and what to do about it.

use std::fmt;

use function_core::first_few;
use migration_folder::Version;

use crate::out_of_order::Renames;
use crate::{Dirty, Edited};

/// How many of a long list a message names.
const SHOWN_MAX: usize = 5;

/// Nothing may be run. Each names the repair.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// An earlier file stopped half-way.
    #[error("the database was left half-way: {words}")]
    Dirty {
        /// What is known about it, and what is to do.
        words: String,
    },
    /// Nothing is half-way.
    #[error(
        "nothing was left half-way, so there is nothing to go on with: `status` tells what is pending"
    )]
    NothingToRepair,
    /// A version that is not applied can't be accepted.
    #[error(
        "version {version} is not applied, so its files may change: there is nothing to accept"
    )]
    NotApplied {
        /// The version.
        version: Version,
    },
    /// The database can't go back to a version that it never was at.
    #[error(
        "version {version} was never applied, so the database can't go back to it: go to one that is applied, or apply it with \
         --out-of-order"
    )]
    PassedOver {
        /// The version.
        version: Version,
    },
    /// A version is kept already.
    #[error(
        "the database has a version already ({}): `baseline` is for one that has none; `repair --to` sets another",
        version.map_or("dirty".to_owned(), |version| version.to_string())
    )]
    NotFresh {
        /// The version.
        version: Option<Version>,
    },
    /// The database is newer than the folder.
    #[error(
        "the database is at version {version}, and the newest migration of the folder is {newest}: this is an older image than the one \
         that migrated last; deploy that one, or a newer one"
    )]
    Ahead {
        /// The database's version.
        version: Version,
        /// The folder's.
        newest: Version,
    },
    /// Applied migrations have no file.
    #[error(
        "{} applied, and the folder has no file of that: restore the file, or say that it is meant by `repair --accept {}`",
        Versions(versions), versions.first().map_or(String::new(), ToString::to_string)
    )]
    Missing {
        /// Their versions.
        versions: Vec<Version>,
    },
    /// Files were changed after they were applied.
    #[error(
        "{} was changed after it was applied: restore what was applied and put the change into a new migration, or, where the database \
         is as the file says now, `repair --accept {}`",
        first_few(&files.iter().map(|file| file.file.as_str()).collect::<Vec<_>>(), SHOWN_MAX, ", "),
        files.first().map_or(String::new(), |file| file.version.to_string())
    )]
    Edited {
        /// The files.
        files: Vec<Edited>,
    },
    /// Versions below the stored one were never applied.
    #[error(
        "{} never applied, and the database is at {version} already: rename with `{renames}`, or apply as it is with --out-of-order",
        Versions(versions)
    )]
    OutOfOrder {
        /// Their versions.
        versions: Vec<Version>,
        /// The database's.
        version: Version,
        /// The commands that give them versions above all others.
        renames: Renames,
    },
    /// The folder has no migration of that version.
    #[error("the folder has no migration of version {version}: {}", Known(*newest))]
    Unknown {
        /// The version.
        version: Version,
        /// The folder's newest.
        newest: Option<Version>,
    },
    /// It is applied already, and others above it are.
    #[error(
        "version {version} is below {current}, where the database is: `goto {version}` would revert what is above it"
    )]
    Below {
        /// The version.
        version: Version,
        /// The database's.
        current: Version,
    },
    /// Fewer are applied than shall be reverted.
    #[error(
        "{wanted} {} can't be reverted, for {}",
        if *wanted == 1 { "migration" } else { "migrations" },
        match applied {
            0 => "none is applied: there is nothing to revert".to_owned(),
            applied => format!("{applied} {} applied: `down --all` reverts all", if *applied == 1 { "is" } else { "are" }),
        }
    )]
    TooMany {
        /// How many shall be.
        wanted: usize,
        /// How many are.
        applied: usize,
    },
    /// What shall be reverted has no down file.
    #[error(
        "{} applied without a down file: write one, or let nothing be done for it with --allow-empty-down",
        Versions(versions)
    )]
    NoDownFile {
        /// Their versions.
        versions: Vec<Version>,
    },
}

impl PlanError {
    /// What is known about `dirty`, and what is to do.
    pub(crate) fn dirty(dirty: &Dirty) -> Self {
        let words = match (&dirty.stopped, dirty.version) {
            (Some(_), _) => format!("{dirty}; `repair` goes on"),
            (None, version) => {
                let version = version.map_or("-1".to_owned(), |version| version.to_string());
                format!(
                    "another tool left version {version} dirty, and does not tell how far it got; look whether its file's changes are \
                     there, and say which version that is by `repair --to`"
                )
            }
        };
        Self::Dirty { words }
    }
}

/// `version 3 was`, or `versions 3, 4 were`.
struct Versions<'a>(&'a [Version]);

impl fmt::Display for Versions<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        match &texts[..] {
            [one] => write!(formatter, "version {one} was"),
            many => write!(
                formatter,
                "versions {} were",
                first_few(many, SHOWN_MAX, ", ")
            ),
        }
    }
}

struct Known(Option<Version>);

impl fmt::Display for Known {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(newest) => write!(formatter, "its newest is {newest}"),
            None => formatter.write_str("it is empty"),
        }
    }
}

//! Why a folder of migrations can't be used.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::{SumFault, Version, VersionError};

/// A folder of migrations can't be used, or not be written to.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// There is no folder.
    #[error(
        "there is no folder {}: name the folder of the migrations by MIGRATIONS_DIR (--dir)",
        path.display()
    )]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// No file of the folder is a migration.
    #[error(
        "no file in {} is a migration: one is called `1_title.up.sql` or `1_title.down.sql`, with any number{}",
        path.display(),
        Renames(nearest)
    )]
    NoFiles {
        /// The folder.
        path: PathBuf,
        /// Files that were meant as migrations, as it seems, and what they should be called.
        nearest: Vec<(String, String)>,
    },
    /// Two files are the same half of the same version.
    #[error(
        "{first} and {second} are both the {direction} file of version {version}: give one of them another version"
    )]
    Duplicate {
        /// The version of both.
        version: Version,
        /// `up` or `down`.
        direction: &'static str,
        /// The one that comes first by name.
        first: String,
        /// The other.
        second: String,
    },
    /// A file's version is too large.
    #[error("{name} can't be a migration")]
    Version {
        /// The file's name.
        name: String,
        /// What is wrong with its version.
        source: VersionError,
    },
    /// A migration's name is not UTF-8.
    #[error(
        "the name of {name} is not UTF-8: rename it, with letters, digits and `_` in its title"
    )]
    NameNotUtf8 {
        /// The name, with `�` for what could not be read.
        name: String,
    },
    /// Something can't be read.
    #[error("{} can't be read", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Something can't be written.
    #[error("{} can't be written", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// `atlas.sum` does not belong to the files, so that adding to it would cover up a change.
    #[error("nothing is added to {}, for its atlas.sum does not belong to its files", path.display())]
    Sum {
        /// The folder.
        path: PathBuf,
        /// Where the two part.
        source: SumFault,
    },
}

/// `; rename V1__init.sql to 1_init.up.sql`, or nothing.
struct Renames<'a>(&'a [(String, String)]);

impl fmt::Display for Renames<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN_MAX: usize = 3;
        for (index, (name, meant)) in self.0.iter().take(SHOWN_MAX).enumerate() {
            let start = if index == 0 { "; rename" } else { "," };
            write!(formatter, "{start} {name} to {meant}")?;
        }
        match self.0.len().saturating_sub(SHOWN_MAX) {
            0 => Ok(()),
            more => write!(formatter, ", and {more} more likewise"),
        }
    }
}

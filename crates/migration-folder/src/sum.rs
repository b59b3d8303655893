//! `atlas.sum`: one SHA-256 that runs over the whole folder.
//!
//! 1. Which files: the [`Variant`] says so; in byte order of their names.
//! 2. For each file the name and then the bytes are fed; its line is the digest **so far**. So a change in a file
//!    changes its own line and all below it.
//! 3. A file whose first line says `atlas:sum ignore` counts by its name alone, and has no line.
//! 4. The first line is the digest of all names and hashes.
//!
//! **Source:** Atlas, `sql/migrate/dir.go` (`NewHashFile`, `HashFile.UnmarshalText`); the vectors of the tests are
//! Atlas's own and from its issue 3460.

mod check;
mod compute;
#[cfg(test)]
mod tests;

use std::fs;
use std::io::Write as _;

use crate::add::unwritable;
use crate::{Folder, FolderError};

pub(crate) use check::check;
pub use check::{SumFault, SumState};
pub use compute::compute;
pub(crate) use compute::is_sql;

/// What the sum's file is called.
pub const FILE_NAME: &str = "atlas.sum";

/// Which files of a golang-migrate folder Atlas counts. It changed, and nothing in the file tells which it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// All `*.sql`: Atlas before 0.32.1, and what ent brought along until 2025.
    UpAndDown,
    /// Only `*.up.sql`: Atlas from 0.32.1.
    UpOnly,
}

impl Variant {
    /// The words for a person.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UpAndDown => "up and down files (Atlas before 0.32.1)",
            Self::UpOnly => "up files (Atlas 0.32.1 and newer)",
        }
    }
}

/// Writes the `atlas.sum` of `folder`: whoever reads meanwhile sees the old one or the new one.
///
/// # Errors
/// It can't be written.
pub fn write(folder: &Folder, variant: Variant) -> Result<(), FolderError> {
    let path = folder.path().join(FILE_NAME);
    let temporary = folder
        .path()
        .join(format!(".{FILE_NAME}.{}", std::process::id()));
    let text = compute(folder, variant);
    let written = fs::File::create(&temporary)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())
                .and_then(|()| file.sync_all())
        })
        .and_then(|()| fs::rename(&temporary, &path));
    if written.is_err() {
        // The error below is the one to tell.
        fs::remove_file(&temporary).ok();
    }
    written.map_err(unwritable(&path))
}

//! New names for migrations that were merged below others that are applied.

use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;
use migration_folder::{File, Folder, Migration, Version, next_version};

/// The smallest version that is a time, `YYYYMMDDhhmmss`, rather than the number of a sequence.
const FIRST_STAMP: i64 = 19_700_101_000_000;

/// The commands that give migrations versions above all others: `git mv OLD NEW && git mv OLD NEW`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renames(Vec<(PathBuf, PathBuf)>);

impl Renames {
    /// The commands for `versions` of `folder`, which stay in their order.
    pub(crate) fn of(folder: &Folder, versions: &[Version]) -> Self {
        let mut newest = folder.newest();
        let mut renames = Vec::new();
        for version in versions {
            let (Some(migration), Some(next)) = (folder.migration(*version), above(newest)) else {
                continue;
            };
            newest = Some(next);
            for file in files(migration) {
                let name = renamed(file.name(), next);
                renames.push((folder.path().join(file.name()), folder.path().join(name)));
            }
        }
        Self(renames)
    }
}

impl fmt::Display for Renames {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (old, new)) in self.0.iter().enumerate() {
            let between = if index == 0 { "" } else { " && " };
            let (old, new) = (old.display(), new.display());
            write!(formatter, "{between}git mv {old} {new}")?;
        }
        Ok(())
    }
}

fn files(migration: &Migration) -> impl Iterator<Item = &File> {
    migration.up.iter().chain(&migration.down)
}

/// The next time where versions are times, else the next number.
fn above(newest: Option<Version>) -> Option<Version> {
    let newest = newest?;
    if newest.to_bigint() >= FIRST_STAMP {
        return next_version(Some(newest), Timestamp::UNIX_EPOCH).ok();
    }
    Version::from_bigint(newest.to_bigint() + 1)
}

/// `name` with another version, which is as wide as the old one was where that had leading zeros.
fn renamed(name: &str, version: Version) -> String {
    let digits = name.find('_').unwrap_or(name.len());
    let width = if name.starts_with('0') { digits } else { 0 };
    let version = version.to_string();
    format!("{version:0>width$}{}", &name[digits..])
}

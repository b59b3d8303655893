//! Where PostgreSQL's programs are.

use std::fs;
use std::path::{Path, PathBuf};

use crate::ScratchError;

/// Debian's and Ubuntu's place, a folder for each version.
const INSTALLED: &str = "/usr/lib/postgresql";

/// The folder of PostgreSQL's `initdb` and `postgres`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programs {
    pub(crate) folder: PathBuf,
}

impl Programs {
    /// Those in the folder `named` if one is; else those on `path`, which is like the variable `PATH`; else the newest of
    /// `/usr/lib/postgresql`.
    ///
    /// # Errors
    /// They are in none of these.
    pub fn find(named: Option<&Path>, path: Option<&str>) -> Result<Self, ScratchError> {
        let folders = named.map_or_else(
            || {
                let on_path = std::env::split_paths(path.unwrap_or_default());
                on_path.chain(installed()).collect()
            },
            |named| vec![named.to_owned()],
        );
        let mut found = folders.iter();
        match found.find(|folder| has_programs(folder)) {
            Some(folder) => Ok(Self {
                folder: folder.clone(),
            }),
            None => Err(ScratchError::NotInstalled {
                looked_in: named.map_or_else(
                    || format!("PATH and {INSTALLED}"),
                    |named| named.display().to_string(),
                ),
            }),
        }
    }
}

fn has_programs(folder: &Path) -> bool {
    ["initdb", "postgres"]
        .iter()
        .all(|program| folder.join(program).is_file())
}

/// The newest first, as numbers: 9 is older than 15.
fn installed() -> Vec<PathBuf> {
    let entries = fs::read_dir(INSTALLED).into_iter().flatten().flatten();
    let version = |name: &str| name.parse::<u32>().unwrap_or_default();
    let mut found: Vec<_> = entries
        .filter_map(|entry| Some((version(entry.file_name().to_str()?), entry.path())))
        .collect();
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found
        .into_iter()
        .map(|(_, folder)| folder.join("bin"))
        .collect()
}

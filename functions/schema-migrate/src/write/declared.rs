//! The declared schema: SQL files that say what there shall be.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use migration_folder::File;

use super::WriteError;

/// The `*.sql` files of `folder` and of the folders in it, in byte order of their paths: the order they are run in. Hidden ones do not count.
pub(super) fn read(folder: &Path) -> Result<Vec<File>, WriteError> {
    let mut paths = Vec::new();
    collect(folder, &mut paths)?;
    paths.retain(|path| path.extension().is_some_and(|end| end == "sql"));
    paths.sort_by(|one, other| one.as_os_str().cmp(other.as_os_str()));
    if paths.is_empty() {
        return Err(WriteError::NothingDeclared {
            folder: folder.to_owned(),
        });
    }
    paths
        .into_iter()
        .map(|path| {
            let bytes = fs::read(&path).map_err(unreadable(&path))?;
            Ok(File::new(path.display().to_string(), bytes))
        })
        .collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<(), WriteError> {
    for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
        let entry = entry.map_err(unreadable(folder))?;
        // A mounted volume holds its files once more in a hidden folder.
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if entry.file_type().map_err(unreadable(folder))?.is_dir() {
            collect(&entry.path(), paths)?;
        } else {
            paths.push(entry.path());
        }
    }
    Ok(())
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> WriteError {
    move |source| WriteError::Unreadable {
        path: path.to_owned(),
        source,
    }
}

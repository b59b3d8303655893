//! What is in a folder on disk.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;

use crate::{File, FileName, FolderError, sum};

/// One thing in a folder.
pub(super) enum Entry {
    /// A migration, or another file called `*.sql`.
    File(File),
    /// `atlas.sum`.
    Sum(Vec<u8>),
    /// Anything else, by its name.
    Ignored(String),
}

/// What is in the folder at `path`, in byte order of the names; nothing when there is no such folder.
pub(super) fn entries(path: &Path) -> Result<Vec<Entry>, FolderError> {
    let listing = match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        listing => listing.map_err(unreadable(path))?,
    };
    let mut found = listing
        .collect::<Result<Vec<_>, _>>()
        .map_err(unreadable(path))?;
    found.sort_by_key(fs::DirEntry::file_name);
    found.iter().map(entry).collect()
}

fn entry(found: &fs::DirEntry) -> Result<Entry, FolderError> {
    let path = found.path();
    let name = name(&found.file_name())?;
    if is_folder(found).map_err(unreadable(&path))? {
        return Ok(Entry::Ignored(format!("{name}/")));
    }
    let is_migration = FileName::parse(&name).map_or(true, |name| name.is_some());
    if is_migration || sum::is_sql(&name) {
        let bytes = fs::read(&path).map_err(unreadable(&path))?;
        return Ok(Entry::File(File::new(name, bytes)));
    }
    if name == sum::FILE_NAME {
        return Ok(Entry::Sum(fs::read(&path).map_err(unreadable(&path))?));
    }
    Ok(Entry::Ignored(name))
}

/// A mounted volume of Kubernetes or Cloud Run holds symbolic links, so that only those cost a second look.
fn is_folder(found: &fs::DirEntry) -> io::Result<bool> {
    let kind = found.file_type()?;
    if kind.is_symlink() {
        return Ok(fs::metadata(found.path())?.is_dir());
    }
    Ok(kind.is_dir())
}

/// The name as text. One that is not UTF-8 is refused if it would be a migration's or an SQL file's.
fn name(name: &OsStr) -> Result<String, FolderError> {
    if let Some(name) = name.to_str() {
        return Ok(name.to_owned());
    }
    let name = name.to_string_lossy().into_owned();
    let is_migration = FileName::parse(&name).map_or(true, |name| name.is_some());
    if is_migration || sum::is_sql(&name) {
        return Err(FolderError::NameNotUtf8 { name });
    }
    Ok(name)
}

fn unreadable(path: &Path) -> impl Fn(io::Error) -> FolderError {
    let path = path.to_owned();
    move |source| FolderError::Unreadable {
        path: path.clone(),
        source,
    }
}

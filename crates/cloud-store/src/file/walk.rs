//! Listing a folder in the order of its keys.

use std::fs::{self, DirEntry, Metadata};
use std::io;

use futures_util::stream::{self, Stream};
use jiff::Timestamp;

use super::fault::{self, Fault};
use super::{Folder, blocking, partial, version};
use crate::StoreError;
use crate::port::ObjectMeta;

/// What is left to visit, the next one last.
struct Walk {
    folder: Folder,
    left: Vec<Visit>,
}

enum Visit {
    Object(ObjectMeta),
    /// The key of a folder, with its `/`, and how its entries must start.
    Folder {
        key: String,
        start: String,
    },
}

/// The objects whose keys start with `prefix`; one folder is in memory at a time.
pub(super) fn list(
    folder: Folder,
    prefix: &str,
) -> impl Stream<Item = Result<ObjectMeta, StoreError>> + use<> {
    let (key, start) = prefix.split_at(prefix.rfind('/').map_or(0, |slash| slash + 1));
    let first = Visit::Folder {
        key: key.to_owned(),
        start: start.to_owned(),
    };
    stream::try_unfold(
        Walk {
            folder,
            left: vec![first],
        },
        |mut walk| async move {
            loop {
                let (key, start) = match walk.left.pop() {
                    None => return Ok(None),
                    Some(Visit::Object(meta)) => return Ok(Some((meta, walk))),
                    Some(Visit::Folder { key, start }) => (key, start),
                };
                let folder = walk.folder.clone();
                let entries = blocking(move || visit(&folder, &key, &start)).await?;
                walk.left.extend(entries.into_iter().rev());
            }
        },
    )
}

/// The entries of the folder `key`, in the order of their keys.
fn visit(folder: &Folder, key: &str, start: &str) -> Result<Vec<Visit>, StoreError> {
    let object = format!("{}/{key}", folder.root.display());
    let path = folder.root.join(key);
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if fault::is_absent(&error) => return Ok(Vec::new()),
        Err(error) => return Err(Fault::listing(&object).explain(error)),
    };
    let mut visits = Vec::new();
    for entry in entries {
        let visit = entry.and_then(|entry| entry_visit(&entry, key, start));
        visits.extend(visit.map_err(|error| Fault::listing(&object).explain(error))?);
    }
    // A folder sorts with its `/`: `a-b` comes before `a/b`.
    visits.sort_unstable_by(|one, other| one.key().cmp(other.key()));
    Ok(visits)
}

/// The entry as a visit; `None` when it is no object, or gone meanwhile.
fn entry_visit(entry: &DirEntry, key: &str, start: &str) -> io::Result<Option<Visit>> {
    let name = entry.file_name();
    let Some(name) = name.to_str() else {
        return Ok(None);
    };
    if !name.starts_with(start) || name == partial::FOLDER {
        return Ok(None);
    }
    if entry.file_type()?.is_dir() {
        let key = format!("{key}{name}/");
        return Ok(Some(Visit::Folder {
            key,
            start: String::new(),
        }));
    }
    // Follows a link to a file; a link to a folder is not followed, because it may lead back.
    match fs::metadata(entry.path()) {
        Ok(metadata) if metadata.is_file() => Ok(Some(Visit::Object(ObjectMeta {
            key: format!("{key}{name}"),
            size_bytes: metadata.len(),
            version: version(&metadata),
            modified: modified(&metadata),
        }))),
        Ok(_) => Ok(None),
        Err(error) if fault::is_absent(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// When the file was written; `None` where the file system does not know.
fn modified(metadata: &Metadata) -> Option<Timestamp> {
    metadata.modified().ok()?.try_into().ok()
}

impl Visit {
    fn key(&self) -> &str {
        match self {
            Self::Object(meta) => &meta.key,
            Self::Folder { key, .. } => key,
        }
    }
}

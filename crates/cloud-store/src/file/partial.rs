//! The unfinished file, the lock of its folder, and the moment of publication.
//!
//! Beside the objects of a folder there is `.tasuki-partial/` while somebody writes into it:
//!
//! - `lock` is held, for moments, by whoever publishes, deletes, or begins. So of two writers that
//!   demand absence, or the same version, one wins; even of two processes.
//! - `0`, `1`, … are the unfinished files, each locked by its writer. A file that can be locked has
//!   lost its writer, and whoever begins next in this folder removes it, however young it is.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use function_core::Clock;

use super::fault::{self, Fault};
use super::{Place, version};
use crate::StoreError;
use crate::port::{ObjectMeta, Precondition};

/// The name of the folder that holds unfinished files.
pub(super) const FOLDER: &str = ".tasuki-partial";

/// An unfinished file; dropping it unpublished removes it.
pub(super) struct Partial {
    place: Place,
    precondition: Precondition,
    clock: Clock,
    /// Locked, so that nobody takes it for abandoned.
    file: File,
    path: PathBuf,
    published: AtomicBool,
}

impl Partial {
    /// Creates the unfinished file, after removing those whose writers died.
    pub(super) fn begin(
        place: Place,
        precondition: Precondition,
        clock: Clock,
    ) -> Result<Self, StoreError> {
        let create = || {
            let folder = parent(&place.path)?;
            create_folders(folder)?;
            let lock = FolderLock::take(folder)?;
            lock.remove_abandoned()?;
            lock.create()
        };
        let (file, path) = create().map_err(|error| Fault::writing(&place).explain(error))?;
        Ok(Self {
            place,
            precondition,
            clock,
            file,
            path,
            published: AtomicBool::new(false),
        })
    }

    /// Appends `content`.
    pub(super) fn write(&self, content: &[u8]) -> Result<(), StoreError> {
        (&self.file)
            .write_all(content)
            .map_err(|error| Fault::writing(&self.place).explain(error))
    }

    /// Moves the file to its place if the precondition holds.
    pub(super) fn publish(&self) -> Result<ObjectMeta, StoreError> {
        let held = self
            .try_publish()
            .map_err(|error| Fault::writing(&self.place).explain(error))?;
        held.ok_or_else(|| StoreError::Precondition {
            object: self.place.object.clone(),
        })
    }

    fn try_publish(&self) -> io::Result<Option<ObjectMeta>> {
        self.file.sync_all()?;
        let folder = parent(&self.place.path)?;
        let _lock = FolderLock::take(folder)?;
        let current = existing(&self.place.path)?;
        if !holds(&self.precondition, current.as_ref()) {
            return Ok(None);
        }
        self.file.set_modified(self.next_time(current.as_ref())?)?;
        fs::rename(&self.path, &self.place.path)?;
        self.published.store(true, Ordering::Relaxed);
        sync_folder(folder)?;
        Ok(Some(self.place.meta(&self.file.metadata()?)))
    }

    /// A modification time that the object never had: the file system's own may stand still for
    /// some milliseconds, in which an inode can be used again.
    fn next_time(&self, current: Option<&Metadata>) -> io::Result<SystemTime> {
        let now = SystemTime::from(self.clock.now());
        let Some(current) = current else {
            return Ok(now);
        };
        Ok(now.max(current.modified()? + Duration::from_nanos(1)))
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if self.published.load(Ordering::Relaxed) {
            return;
        }
        match fs::remove_file(&self.path) {
            // Fails while others write here; the last one succeeds.
            Ok(()) => drop(self.path.parent().map(fs::remove_dir)),
            Err(error) => {
                let path = self.path.display();
                tracing::warn!(%error, %path, "an unfinished file could not be removed");
            }
        }
    }
}

/// Removes the object, in turn with those who publish.
pub(super) fn delete(place: &Place) -> Result<(), StoreError> {
    let delete = || {
        if existing(&place.path)?.is_none() {
            return Ok(());
        }
        let folder = parent(&place.path)?;
        let _lock = FolderLock::take(folder)?;
        match fs::remove_file(&place.path) {
            Err(error) if !fault::is_absent(&error) => Err(error),
            _ => sync_folder(folder),
        }
    };
    delete().map_err(|error| Fault::deleting(place).explain(error))
}

fn holds(precondition: &Precondition, current: Option<&Metadata>) -> bool {
    match (precondition, current) {
        (Precondition::None, _) | (Precondition::Absent, None) => true,
        (Precondition::Version(seen), Some(current)) => *seen == version(current),
        (Precondition::Absent, Some(_)) | (Precondition::Version(_), None) => false,
    }
}

/// The object at `path`, if there is one; a folder is none.
fn existing(path: &Path) -> io::Result<Option<Metadata>> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata).filter(|metadata| !metadata.is_dir())),
        Err(error) if fault::is_absent(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The lock of a folder; dropping it gives it back and leaves no trace.
struct FolderLock {
    _file: File,
    partials: PathBuf,
}

impl FolderLock {
    /// Waits for the lock of `folder`.
    fn take(folder: &Path) -> io::Result<Self> {
        let partials = folder.join(FOLDER);
        let path = partials.join("lock");
        loop {
            match fs::create_dir(&partials) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
            let file = match OpenOptions::new().create(true).append(true).open(&path) {
                Ok(file) => file,
                // The last holder removed the folder meanwhile.
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            file.lock()?;
            // The last holder removed the name: what is locked is nobody's lock any more.
            if is_at(&file, &path)? {
                return Ok(Self {
                    _file: file,
                    partials,
                });
            }
        }
    }

    /// Removes the unfinished files that nobody writes any more.
    fn remove_abandoned(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.partials)? {
            let entry = entry?;
            if entry.file_name() == "lock" {
                continue;
            }
            let path = entry.path();
            match File::open(&path) {
                Ok(file) if file.try_lock().is_ok() && is_at(&file, &path)? => {
                    let path = path.display();
                    tracing::warn!(%path, "an abandoned unfinished file is removed");
                    fs::remove_file(entry.path())?;
                }
                // Somebody writes it, has just published it, or it belongs to another user.
                _ => {}
            }
        }
        Ok(())
    }

    /// Creates and locks an unfinished file under the first free number.
    fn create(&self) -> io::Result<(File, PathBuf)> {
        let mut number: u64 = 0;
        loop {
            let path = self.partials.join(number.to_string());
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => {
                    file.lock()?;
                    return Ok((file, path));
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error),
            }
        }
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // While the lock is held: who waits for it finds out that it has no name any more.
        drop(fs::remove_file(self.partials.join("lock")));
        // Fails while others write here; the last one succeeds.
        drop(fs::remove_dir(&self.partials));
    }
}

/// Whether `path` still names the open `file`.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let open = file.metadata()?;
    match fs::metadata(path) {
        Ok(named) => Ok((open.dev(), open.ino()) == (named.dev(), named.ino())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn parent(path: &Path) -> io::Result<&Path> {
    path.parent()
        .ok_or_else(|| ErrorKind::InvalidFilename.into())
}

/// Creates `folder` and those above it, so that they outlive a loss of power.
fn create_folders(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let above = parent(folder)?;
    create_folders(above)?;
    match fs::create_dir(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.is_dir() => {}
        other => other?,
    }
    sync_folder(above)
}

/// Flushes the names in `folder` to the disk.
fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    File::open(folder)?.sync_all()
}

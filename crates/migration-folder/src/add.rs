//! Adding files to a folder on disk.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::{Folder, FolderError, NewFile, SumState, Variant, sum};

impl Folder {
    /// Writes `files` and a new `atlas.sum`; all of them or, where that fails, none.
    ///
    /// The variant of `atlas.sum` stays the one that is there. No file is ever overwritten.
    ///
    /// # Errors
    /// `atlas.sum` does not belong to the files that are there, a file is there already, or can't be written.
    pub fn add(&self, files: &[NewFile]) -> Result<Self, FolderError> {
        if let SumState::Broken { fault, .. } = self.sum() {
            let path = self.path().to_owned();
            return Err(FolderError::Sum {
                path,
                source: fault.clone(),
            });
        }
        let folder = self.with(files.iter().cloned())?;
        fs::create_dir_all(self.path()).map_err(unwritable(self.path()))?;
        let mut written = Written::default();
        for file in files {
            written.write(&self.path().join(&file.name), file.text.as_bytes())?;
        }
        sum::write(&folder, self.sum().variant().unwrap_or(Variant::UpOnly))?;
        written.keep();
        Self::read(self.path())
    }
}

/// Files that go away again unless they are kept.
#[derive(Default)]
struct Written(Vec<PathBuf>);

impl Written {
    fn write(&mut self, path: &Path, bytes: &[u8]) -> Result<(), FolderError> {
        let mut file = fs::File::create_new(path).map_err(unwritable(path))?;
        self.0.push(path.to_owned());
        file.write_all(bytes)
            .and_then(|()| file.sync_all())
            .map_err(unwritable(path))
    }

    fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        for path in &self.0 {
            // The error that brought us here is the one to tell.
            fs::remove_file(path).ok();
        }
    }
}

pub(crate) fn unwritable(path: &Path) -> impl Fn(io::Error) -> FolderError {
    let path = path.to_owned();
    move |source| FolderError::Unwritable {
        path: path.clone(),
        source,
    }
}

//! The migrations of a folder.

mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::near_miss::near_miss;
use crate::{Direction, File, FileName, FolderError, NewFile, SumState, Version, sum};

/// A folder of migrations, read once: what happens to the files later does not reach it.
///
/// The same files count as with golang-migrate: see [`FileName`]. Sub-folders never count.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
    migrations: BTreeMap<Version, Migration>,
    /// All files called `*.sql`, and all migrations, in byte order of their names.
    files: BTreeMap<String, File>,
    ignored: Vec<Ignored>,
    sum: SumState,
}

/// A version of a folder: an up file, a down file, or both. Like golang-migrate's, the missing half changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Its version.
    pub version: Version,
    /// Its title: that of the up file where there is one.
    pub title: String,
    /// What leads to this version.
    pub up: Option<File>,
    /// What leads away from it.
    pub down: Option<File>,
}

/// A file that was passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    /// Its name; a sub-folder's ends with `/`.
    pub name: String,
    /// What it should be called if it is meant as a migration, as it seems to be.
    pub meant: Option<String>,
}

impl Migration {
    /// The file of `direction`.
    pub fn file(&self, direction: Direction) -> Option<&File> {
        match direction {
            Direction::Up => self.up.as_ref(),
            Direction::Down => self.down.as_ref(),
        }
    }
}

impl Folder {
    /// Reads the folder at `path`, each file once.
    ///
    /// # Errors
    /// It is not there, holds no migration, or holds one that can't be used.
    pub fn read(path: &Path) -> Result<Self, FolderError> {
        if !path.exists() {
            return Err(FolderError::Missing {
                path: path.to_owned(),
            });
        }
        let folder = Self::read_or_empty(path)?;
        if folder.migrations.is_empty() {
            return Err(folder.no_files());
        }
        Ok(folder)
    }

    /// The same for a folder that may be about to get its first migration: it may be empty, or not be there.
    ///
    /// # Errors
    /// It holds a migration that can't be used, or only files that seem to be meant as migrations and are not.
    pub fn read_or_empty(path: &Path) -> Result<Self, FolderError> {
        let mut folder = Self::empty(path);
        let mut sum = None;
        for entry in read::entries(path)? {
            match entry {
                read::Entry::File(file) => folder.insert(file)?,
                read::Entry::Sum(bytes) => sum = Some(bytes),
                read::Entry::Ignored(name) => folder.ignore(name),
            }
        }
        if folder.migrations.is_empty() && folder.ignored.iter().any(|file| file.meant.is_some()) {
            return Err(folder.no_files());
        }
        folder.sum = sum.map_or(SumState::Absent, |bytes| sum::check(&folder, &bytes));
        Ok(folder)
    }

    /// The same folder with `files` added, in memory only: to try them before they are written.
    ///
    /// # Errors
    /// A name is none of a migration, or its half of the version is there already.
    pub fn with(&self, files: impl IntoIterator<Item = NewFile>) -> Result<Self, FolderError> {
        let mut folder = self.clone();
        for file in files {
            folder.insert(File::new(file.name, file.text.into_bytes()))?;
        }
        Ok(folder)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The migrations by their versions.
    pub fn migrations(&self) -> &BTreeMap<Version, Migration> {
        &self.migrations
    }

    /// The migration of `version`.
    pub fn migration(&self, version: Version) -> Option<&Migration> {
        self.migrations.get(&version)
    }

    /// The highest version.
    pub fn newest(&self) -> Option<Version> {
        self.migrations.keys().next_back().copied()
    }

    /// The files that are no migrations, in order of their names; neither `atlas.sum` nor hidden files are among them.
    pub fn ignored(&self) -> &[Ignored] {
        &self.ignored
    }

    /// Whether its `atlas.sum` belongs to its files.
    pub fn sum(&self) -> &SumState {
        &self.sum
    }

    /// All files called `*.sql`, and all migrations, in byte order of their names.
    pub(crate) fn files(&self) -> impl Iterator<Item = &File> {
        self.files.values()
    }

    fn empty(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            migrations: BTreeMap::new(),
            files: BTreeMap::new(),
            ignored: Vec::new(),
            sum: SumState::Absent,
        }
    }

    /// Takes `file` in; its name may be that of a migration or not.
    fn insert(&mut self, file: File) -> Result<(), FolderError> {
        let name = FileName::parse(file.name()).map_err(|source| FolderError::Version {
            name: file.name().to_owned(),
            source,
        })?;
        match name {
            Some(name) => self.insert_half(name, file.clone())?,
            None => self.ignore(file.name().to_owned()),
        }
        self.files.insert(file.name().to_owned(), file);
        Ok(())
    }

    fn insert_half(&mut self, name: FileName, file: File) -> Result<(), FolderError> {
        let FileName {
            version,
            title,
            direction,
        } = name;
        let migration = self.migrations.entry(version).or_insert_with(|| Migration {
            version,
            title: title.clone(),
            up: None,
            down: None,
        });
        let half = match direction {
            Direction::Up => &mut migration.up,
            Direction::Down => &mut migration.down,
        };
        if let Some(other) = half {
            return Err(FolderError::duplicate(version, direction, other, &file));
        }
        *half = Some(file);
        if direction == Direction::Up {
            migration.title = title;
        }
        Ok(())
    }

    fn ignore(&mut self, name: String) {
        if !name.starts_with('.') {
            let meant = near_miss(&name);
            self.ignored.push(Ignored { name, meant });
        }
    }

    fn no_files(self) -> FolderError {
        let nearest = self.ignored.into_iter();
        FolderError::NoFiles {
            path: self.path,
            nearest: nearest
                .filter_map(|file| Some((file.name, file.meant?)))
                .collect(),
        }
    }
}

impl FolderError {
    fn duplicate(version: Version, direction: Direction, one: &File, other: &File) -> Self {
        let mut names = [one.name().to_owned(), other.name().to_owned()];
        names.sort();
        let [first, second] = names;
        Self::Duplicate {
            version,
            direction: direction.as_str(),
            first,
            second,
        }
    }
}

//! What a database has seen of a folder.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use migration_folder::{Direction, Version};

/// What a database has seen of a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The stored version; `None` when nothing is applied.
    pub version: Option<Version>,
    /// That a file stopped half-way.
    pub dirty: Option<Dirty>,
    /// What is applied, in order of the versions.
    pub applied: Vec<Applied>,
    /// What is to be applied, above the stored version.
    pub pending: Vec<Version>,
    /// What was never applied though it is below the stored version.
    pub out_of_order: Vec<Version>,
    /// Files that changed after they were applied.
    pub edited: Vec<Edited>,
    /// Applied versions that the folder has no file of.
    pub missing: Vec<Version>,
    /// Applied migrations that have another title now.
    pub renamed: Vec<Renamed>,
    /// The stored version, where the folder has nothing that new.
    pub ahead: Option<Version>,
    /// What another tool did since we looked last.
    pub adopted: Vec<Adopted>,
}

impl Status {
    /// What it is once the file that stopped half-way is done, where the next run begins by going on with it.
    #[must_use]
    pub fn once_gone_on(&self) -> Self {
        let mut status = self.clone();
        let stopped = self.dirty.as_ref().and_then(|dirty| dirty.stopped.as_ref());
        let Some(stopped) = stopped.filter(|stopped| stopped.hindrance.is_none()) else {
            return status;
        };
        let done = stopped.version;
        status.dirty = None;
        status.pending.retain(|version| *version != done);
        status.out_of_order.retain(|version| *version != done);
        status.applied.retain(|applied| applied.version != done);
        match stopped.direction {
            Direction::Up => status.applied.push(Applied {
                version: done,
                title: String::new(),
                origin: Origin::Applied,
                by: None,
                at: None,
                took: None,
            }),
            Direction::Down => status.pending.push(done),
        }
        status.applied.sort_by_key(|applied| applied.version);
        status.pending.sort_unstable();
        status.version = status.applied.last().map(|applied| applied.version);
        status
    }
}

/// A migration that is applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Its version.
    pub version: Version,
    /// Its title.
    pub title: String,
    /// How it came to be applied.
    pub origin: Origin,
    /// The database's user that applied it.
    pub by: Option<String>,
    /// When.
    pub at: Option<Timestamp>,
    /// How long that took.
    pub took: Option<Duration>,
}

/// How a migration came to be applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// We ran it.
    Applied,
    /// It was there before, and `baseline` said so.
    Baseline,
    /// `repair` said so.
    Repaired,
    /// Another tool ran it, as `schema_migrations` tells.
    Adopted,
}

/// A file that changed after it was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// The migration.
    pub version: Version,
    /// Which of its files.
    pub direction: Direction,
    /// The file's name.
    pub file: String,
}

/// A migration that has another title than when it was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// Its version.
    pub version: Version,
    /// The title that it had.
    pub was: String,
    /// The title that it has.
    pub is: String,
}

/// What another tool did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adopted {
    /// To which version.
    pub version: Version,
    /// Whether it applied or reverted it.
    pub direction: Direction,
}

/// A file that stopped half-way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dirty {
    /// The version that `schema_migrations` names; `None` for golang-migrate's -1.
    pub version: Option<Version>,
    /// The file and its place, where it was ours.
    pub stopped: Option<Stopped>,
}

/// Where one of our files stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// The migration.
    pub version: Version,
    /// Which of its files.
    pub direction: Direction,
    /// The statement, from 1, that is not known to be done; those before it are.
    pub statement: usize,
    /// Its line, from 1.
    pub line: usize,
    /// Why it stopped, if the server said it.
    pub error: Option<String>,
    /// Why it does not simply go on there; `None` when the next run does.
    pub hindrance: Option<String>,
}

impl fmt::Display for Dirty {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.stopped, self.version) {
            (Some(stopped), _) => write!(formatter, "{stopped}"),
            (None, Some(version)) => {
                write!(formatter, "version {version}, by another tool")
            }
            (None, None) => formatter.write_str("reverting the first version, by another tool"),
        }
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            version,
            direction,
            statement,
            line,
            ..
        } = self;
        write!(
            formatter,
            "the {direction} file of version {version} stopped at statement {statement}, line {line}"
        )?;
        for more in [&self.error, &self.hindrance].into_iter().flatten() {
            write!(formatter, ": {more}")?;
        }
        Ok(())
    }
}

//! What a run did.

use std::time::Duration;

use migration_folder::{Direction, Version};

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// The version that the database was at.
    pub from: Option<Version>,
    /// The version that it is at.
    pub to: Option<Version>,
    /// The files that were run, in order.
    pub files: Vec<FileDone>,
}

/// A file that was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDone {
    /// The migration.
    pub version: Version,
    /// Its title.
    pub title: String,
    /// Which of its files.
    pub direction: Direction,
    /// How long that took, with all attempts.
    pub took: Duration,
}

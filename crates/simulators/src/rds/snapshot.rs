//! Snapshots: what a source held at an instant.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::source::Source;

/// Who took a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SnapshotType {
    /// RDS, in the backup window.
    Automated,
    /// Somebody.
    Manual,
    /// AWS Backup; of instances only.
    AwsBackup,
}

impl SnapshotType {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Automated => "automated",
            Self::Manual => "manual",
            Self::AwsBackup => "awsbackup",
        }
    }
}

/// A snapshot to add.
#[derive(Clone, Debug)]
pub struct Snapshot {
    taken_by: SnapshotType,
    name: Option<String>,
    at: Timestamp,
    takes: Duration,
    status: Option<String>,
}

impl Snapshot {
    /// An automated one, named `rds:SOURCE-yyyy-MM-dd-HH-mm` after `at` in UTC.
    pub fn automated(at: Timestamp) -> Self {
        Self::new(SnapshotType::Automated, None, at)
    }

    /// A manual one.
    pub fn manual(name: &str, at: Timestamp) -> Self {
        Self::new(SnapshotType::Manual, Some(name), at)
    }

    /// One of AWS Backup, named `awsbackup:job-` and `job`.
    pub fn aws_backup(job: &str, at: Timestamp) -> Self {
        let name = format!("awsbackup:job-{job}");
        Self::new(SnapshotType::AwsBackup, Some(&name), at)
    }

    fn new(taken_by: SnapshotType, name: Option<&str>, at: Timestamp) -> Self {
        Self {
            taken_by,
            name: name.map(str::to_owned),
            at,
            takes: Duration::ZERO,
            status: None,
        }
    }

    /// It is `creating` for this long.
    #[must_use]
    pub fn takes(mut self, duration: Duration) -> Self {
        self.takes = duration;
        self
    }

    /// Its status is this one for ever, such as `copying` or `failed`.
    #[must_use]
    pub fn status(mut self, status: &str) -> Self {
        self.status = Some(status.to_owned());
        self
    }

    pub(crate) fn of(self, source: &Source) -> Taken {
        let identifier = self.name.unwrap_or_else(|| {
            let at = self.at.strftime("%Y-%m-%d-%H-%M");
            format!("rds:{}-{at}", source.identifier)
        });
        Taken {
            identifier,
            by: self.taken_by,
            at: self.at,
            ready: self.at + self.takes,
            status: self.status,
            source: Arc::new(source.clone()),
        }
    }
}

/// A snapshot that was taken, with the source as it was then.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) identifier: String,
    pub(crate) by: SnapshotType,
    pub(crate) at: Timestamp,
    ready: Timestamp,
    pub(crate) status: Option<String>,
    pub(crate) source: Arc<Source>,
}

impl Taken {
    pub(crate) fn status(&self, now: Timestamp) -> &str {
        match &self.status {
            Some(status) => status,
            None if now < self.ready => "creating",
            None => "available",
        }
    }
}

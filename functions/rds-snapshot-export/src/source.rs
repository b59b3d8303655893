//! What RDS tells of sources, snapshots and export tasks, freed of the SDK.

use std::fmt;

use jiff::Timestamp;

/// What snapshots are taken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Cluster,
    Instance,
}

/// A cluster or an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) kind: Kind,
    pub(crate) id: String,
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Cluster => "cluster",
            Kind::Instance => "instance",
        };
        write!(formatter, "{kind} {}", self.id)
    }
}

/// A snapshot of a cluster or of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Snapshot {
    pub(crate) id: String,
    pub(crate) arn: String,
    pub(crate) created: Timestamp,
    /// The API's word, such as `automated`.
    pub(crate) origin: String,
    /// `available` once it can be exported.
    pub(crate) status: String,
    pub(crate) engine: String,
}

/// An export task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) id: String,
    pub(crate) source_arn: String,
    pub(crate) bucket: String,
    /// The folder in the bucket that the export's own folder is in; empty for none.
    pub(crate) prefix: String,
    /// The databases, schemas or tables that it is limited to; empty for all.
    pub(crate) only: Vec<String>,
    pub(crate) status: Status,
    pub(crate) percent: i32,
    pub(crate) started: Option<Timestamp>,
    pub(crate) ended: Option<Timestamp>,
    pub(crate) failure_cause: Option<String>,
    pub(crate) warning_message: Option<String>,
}

impl Task {
    /// The export's folder in the bucket.
    pub(crate) fn folder(&self) -> String {
        match self.prefix.trim_matches('/') {
            "" => self.id.clone(),
            prefix => format!("{prefix}/{}", self.id),
        }
    }
}

/// How far an export task is. RDS has no list of all words, so there is one for the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Starting,
    InProgress,
    Complete,
    Canceling,
    Canceled,
    Failed,
    /// A word that is not documented.
    Unknown(String),
}

impl Status {
    /// Reads the API's word. It is written in capitals, but not everywhere.
    pub(crate) fn of(word: &str) -> Self {
        match word.to_ascii_uppercase().as_str() {
            "STARTING" => Self::Starting,
            "IN_PROGRESS" => Self::InProgress,
            "COMPLETE" => Self::Complete,
            "CANCELING" => Self::Canceling,
            "CANCELED" => Self::Canceled,
            "FAILED" => Self::Failed,
            _ => Self::Unknown(word.to_owned()),
        }
    }

    /// Whether the task takes one of the account's slots.
    pub(crate) fn is_running(&self) -> bool {
        !matches!(self, Self::Complete | Self::Canceled | Self::Failed)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Starting => "STARTING",
            Self::InProgress => "IN_PROGRESS",
            Self::Complete => "COMPLETE",
            Self::Canceling => "CANCELING",
            Self::Canceled => "CANCELED",
            Self::Failed => "FAILED",
            Self::Unknown(word) => word,
        })
    }
}

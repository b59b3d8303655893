//! A run of a transfer config as we see it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The resource name of a run: `{config}/runs/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct RunName(pub(crate) String);

impl fmt::Display for RunName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A run. Of its params only the path is read: they may hold the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TransferRun {
    pub(crate) name: RunName,
    pub(crate) state: TransferState,
    /// The time that `data_path` was expanded for.
    pub(crate) run_time: Option<Timestamp>,
    /// The template of the path that it reads.
    pub(crate) data_path: Option<String>,
    /// When it was to begin at the earliest.
    pub(crate) schedule_time: Option<Timestamp>,
    /// When it began.
    pub(crate) start_time: Option<Timestamp>,
    /// When it ended.
    pub(crate) end_time: Option<Timestamp>,
    /// Why it failed, in the service's words, without the keys.
    pub(crate) error: Option<String>,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TransferState {
    /// Waiting, or a state that is not told.
    Pending,
    Running,
    Succeeded,
    Failed,
    Cancelled,
}

impl TransferState {
    /// Whether nothing more will come of the run.
    pub(crate) fn is_ended(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

/// A line of a run's log, without the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogLine {
    pub(crate) time: Option<Timestamp>,
    pub(crate) severity: Severity,
    pub(crate) text: String,
}

/// How grave a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    Info,
    Warning,
    Error,
}

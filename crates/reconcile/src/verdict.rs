//! What an invocation found out about a run.

use std::collections::BTreeMap;

use function_core::{Exit, RunState};
use jiff::{SignedDuration, Timestamp};

use crate::Export;

/// How long after its end an export that is not whole is looked at again.
const SECOND_LOOKS: SignedDuration = SignedDuration::from_hours(1);

/// What is to be said of a run after this invocation.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The service, or the verification, is still at work.
    Underway {
        /// What is waited for, such as `export task export-id-stg-app-db-20261121 is in progress, 45 %`.
        progress: String,
        /// How far the function's own work came, for whoever goes on with it.
        checkpoint: Option<serde_json::Value>,
    },
    /// Everything is there and was checked.
    Verified(Box<Verified>),
    /// It ended, or stands, in a way that a person must know of.
    Unverified(Unverified),
}

/// A verified export.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified {
    /// When the service began.
    pub started: Timestamp,
    /// What was exported, and where it is.
    pub export: Export,
    /// What a person should know although all is well.
    pub warnings: Vec<String>,
    /// What the run record keeps without telling anybody: what a person allowed.
    pub notes: Vec<String>,
    /// Whether rows and bytes can be compared with those of the last verified run.
    pub comparable: bool,
}

/// Why a run is not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unverified {
    /// `Incomplete` or `Failed`.
    pub state: RunState,
    /// What happened, to what.
    pub what_happened: String,
    /// What a person should do; the same words are told only once a run.
    pub what_to_do: String,
    /// True when looking again would find the same; only `force` opens the run again.
    pub settled: bool,
    /// What was counted so far.
    pub counts: BTreeMap<String, u64>,
}

impl Unverified {
    /// A failed run that the next tick looks at again.
    pub fn failed(what_happened: impl Into<String>, what_to_do: impl Into<String>) -> Self {
        Self {
            state: RunState::Failed,
            what_happened: what_happened.into(),
            what_to_do: what_to_do.into(),
            settled: false,
            counts: BTreeMap::new(),
        }
    }

    /// An incomplete run that the next tick looks at again.
    pub fn incomplete(what_happened: impl Into<String>, what_to_do: impl Into<String>) -> Self {
        Self {
            state: RunState::Incomplete,
            ..Self::failed(what_happened, what_to_do)
        }
    }

    /// The same, for good.
    #[must_use]
    pub fn settled(mut self) -> Self {
        self.settled = true;
        self
    }

    /// The same, for good where the service ended more than an hour ago. Until then it may still be writing what it
    /// tells of its export, so the next tick looks again.
    #[must_use]
    pub fn settled_after(self, ended: Timestamp, now: Timestamp) -> Self {
        if now.duration_since(ended) > SECOND_LOOKS {
            self.settled()
        } else {
            self
        }
    }

    pub(crate) fn exit(&self) -> Exit {
        match self.state {
            RunState::Incomplete => Exit::Incomplete,
            _ => Exit::Failed,
        }
    }
}

//! What a run did.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How far a run came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Planned only: a dry run, which touched nothing.
    Planned,
    /// Under way, or stopped without a word.
    Running,
    /// All of it arrived and was checked. The only state that is published.
    Verified,
    /// It ended without an error, but not all of it could be verified.
    Incomplete,
    /// It ended with an error.
    Failed,
}

/// What a run that is under way goes on with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GoesOn {
    /// With the event that it belongs to: whoever sent that must send it again.
    #[default]
    WithItsEvent,
    /// With the function's own ticks: the event is done with.
    WithTicks,
}

/// What a run did, in numbers and words; logged once at its end and printed on a terminal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The run's id: `{source}-{stamp}`.
    pub run: String,
    /// Whether the result can be relied on.
    pub state: RunState,
    /// What was counted, such as `records`, `bytes`, `requests`.
    pub counts: BTreeMap<String, u64>,
    /// What a person should know although the run ended well.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub warnings: Vec<String>,
    /// The address of the manifest.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub manifest: Option<String>,
    /// What it waits for, where it is not at its end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub progress: Option<String>,
    /// The steps that a dry run would have taken.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub plan: Option<serde_json::Value>,
    /// What it goes on with, while it is under way.
    #[serde(skip)]
    pub goes_on: GoesOn,
}

impl Report {
    /// A report of `run` with nothing counted.
    pub fn new(run: impl Into<String>, state: RunState) -> Self {
        Self {
            run: run.into(),
            state,
            counts: BTreeMap::new(),
            warnings: Vec::new(),
            manifest: None,
            progress: None,
            plan: None,
            goes_on: GoesOn::default(),
        }
    }

    /// The same run, which ticks go on with while it is under way.
    #[must_use]
    pub fn with_ticks(mut self) -> Self {
        self.goes_on = GoesOn::WithTicks;
        self
    }

    /// Whether it is not at its end.
    pub fn is_under_way(&self) -> bool {
        self.state == RunState::Running
    }

    /// Logs the report, without its plan.
    pub(crate) fn log(&self) {
        let state = serde_json::to_value(self.state).unwrap_or_default();
        let counts = serde_json::to_string(&self.counts).unwrap_or_default();
        tracing::info!(
            run = self.run,
            state = state.as_str(),
            counts,
            warnings = (!self.warnings.is_empty()).then(|| self.warnings.join("; ")),
            manifest = self.manifest,
            progress = self.progress,
            "run ended"
        );
    }

    /// Adds a count.
    #[must_use]
    pub fn count(mut self, name: &str, number: u64) -> Self {
        self.counts.insert(name.to_owned(), number);
        self
    }
}

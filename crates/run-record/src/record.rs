//! What a run record says.

use std::collections::BTreeMap;

use function_core::{FORMAT_VERSION, GoesOn, Report, RunState, Stamp, TOOL, Trigger};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Owner;

/// A run, from its first claim to its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunRecord {
    /// The version of the record's format.
    pub format_version: u32,
    /// Who wrote it.
    pub tool: String,
    /// The function, such as `kintone-export`.
    pub function: String,
    /// The run's id: `{source}-{stamp}`.
    pub run: String,
    /// The app, table or cluster.
    pub source: String,
    /// The name of the generation.
    pub stamp: Stamp,
    /// What triggered the run.
    pub trigger: Trigger,
    /// How far it came.
    pub state: RunState,
    /// When it was first claimed.
    pub started: Timestamp,
    /// When it came to its present end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ended: Option<Timestamp>,
    /// How often it was claimed.
    pub attempts: u32,
    /// True when nothing is left to do: a redelivery is only acknowledged.
    pub settled: bool,
    /// What was counted.
    #[serde(default)]
    pub counts: BTreeMap<String, u64>,
    /// What a person should know although the run ended well.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub warnings: Vec<String>,
    /// The manifest's address, once published.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub manifest: Option<String>,
    /// The manifest that is to be published. From here on the objects are final.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub publishing: Option<serde_json::Value>,
    /// Steps after publication that have a verdict of their own, such as `load`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub stages: BTreeMap<String, StageRecord>,
    /// What it waits for, where it is not at its end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub progress: Option<String>,
    /// How far its work came, in the function's own words, for whoever goes on with it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub checkpoint: Option<serde_json::Value>,
    /// Why it ended other than verified.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
    /// What a person was last told to do, so that a retry does not tell it again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub told: Option<String>,
    /// Who is at work.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lease: Option<Lease>,
}

/// The right to work on a run, for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The process.
    pub owner: Owner,
    /// When the lease ends unless it is renewed.
    pub until: Timestamp,
    /// A random number that makes each writing of a record another one, even within the same tick of the clock.
    pub token: u64,
}

/// The verdict of a step after publication.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageRecord {
    /// How far it came.
    pub state: RunState,
    /// When it ended.
    pub ended: Timestamp,
    /// What was counted.
    #[serde(default)]
    pub counts: BTreeMap<String, u64>,
    /// Why it ended other than verified.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
}

impl RunRecord {
    /// What the record says, as a report; why it did not end well is the last of the warnings.
    pub fn into_report(self) -> Report {
        let mut warnings = self.warnings;
        warnings.extend(self.error);
        Report {
            run: self.run,
            state: self.state,
            counts: self.counts,
            warnings,
            manifest: self.manifest,
            progress: self.progress,
            plan: None,
            goes_on: GoesOn::default(),
        }
    }

    pub(crate) fn new(
        function: &str,
        source: &str,
        stamp: &Stamp,
        trigger: &Trigger,
        now: Timestamp,
    ) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            tool: TOOL.to_owned(),
            function: function.to_owned(),
            run: format!("{source}-{stamp}"),
            source: source.to_owned(),
            stamp: stamp.clone(),
            trigger: trigger.clone(),
            state: RunState::Running,
            started: now,
            ended: None,
            attempts: 0,
            settled: false,
            counts: BTreeMap::new(),
            warnings: Vec::new(),
            manifest: None,
            publishing: None,
            stages: BTreeMap::new(),
            progress: None,
            checkpoint: None,
            error: None,
            told: None,
            lease: None,
        }
    }
}

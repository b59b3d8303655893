//! How far a run came, in its run record.

use std::collections::BTreeMap;

use run_record::RunRecord;
use serde::{Deserialize, Serialize};

use crate::edits::Edits;
use crate::leave_out::LeaveOut;
use crate::plan::Plan;
use crate::pointers::Pins;
use crate::read_back::ReadBack;
use crate::verify::Verdict;

/// How far a run came. Which bulks are written is in the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Checkpoint {
    /// Which time it is that this restore is carried out, from 1.
    pub(crate) round: u32,
    /// The event that began the round, so that its redelivery does not begin another.
    pub(crate) asked_by: String,
    /// The message that it goes on for, as Pub/Sub delivers it again and again.
    pub(crate) message: String,
    /// How often the run was begun before that message came.
    pub(crate) attempts_before: u32,
    pub(crate) stage: Reached,
    /// The digest of the plan that is carried out.
    pub(crate) plan: String,
    /// The form that the plan was made for.
    pub(crate) form_revision: String,
    /// Whether who and when are written.
    pub(crate) history: bool,
    pub(crate) records: u64,
    /// Why fields are not written, by their codes.
    pub(crate) announced: BTreeMap<String, String>,
    /// How many records the app held when it was planned.
    pub(crate) held: u64,
    /// Values that are left out.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) leave_out: LeaveOut,
    /// The maps that references go by, by app; nothing before the first write.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) pins: Pins,
    /// What others edited before it was overwritten, for the next plan to ask about.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) edits: Edits,
    /// What of that somebody accepted to be overwritten.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) overwrites: Edits,
    /// What the plan said would be lost.
    pub(crate) losses: Vec<String>,
    /// How far reading back came.
    pub(crate) read_back: ReadBack,
    /// What reading back found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) verdict: Option<Verdict>,
    /// For a drill: the number of the last bulk whose records are deleted again.
    pub(crate) cleared: u64,
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Reached {
    /// A plan.
    #[default]
    Nothing,
    /// Writing: the plan is clean or accepted.
    Plan,
    /// Reading back.
    Writes,
    /// For a drill: deleting what was written.
    Verification,
}

impl Checkpoint {
    /// That of `record`; a new one where it has none.
    pub(crate) fn of(record: &RunRecord) -> Self {
        let saved = record.checkpoint.clone();
        let saved = saved.and_then(|saved| serde_json::from_value(saved).ok());
        saved.unwrap_or_default()
    }

    /// Takes over a plan that may be carried out.
    pub(crate) fn begin(&mut self, plan: &Plan, history: bool) {
        self.stage = self.stage.max(Reached::Plan);
        self.overwrites.append(&mut self.edits);
        self.held = plan.holds;
        self.plan.clone_from(&plan.digest);
        self.form_revision.clone_from(&plan.form_revision);
        self.history = history;
        self.records = plan.records;
        self.announced.clone_from(&plan.announced);
        self.losses = plan
            .words(crate::finding::Severity::Loss)
            .into_iter()
            .map(str::to_owned)
            .collect();
    }
}

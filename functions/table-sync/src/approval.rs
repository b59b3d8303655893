//! What a person decided.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use table_diff::Selection;

/// What a person decided about a plan. It is bound to the plan's digest: of a plan that is not byte for byte what was seen, nothing is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Approval {
    /// The digest of the plan that was seen.
    pub digest: String,
    /// What is to be written.
    pub selection: Selection,
    /// Who decided.
    pub by: String,
    /// When.
    pub when: Timestamp,
}

impl Approval {
    /// Whether both are one decision: a delivery of it that is repeated may be told another time.
    pub(crate) fn is_same_decision(&self, other: &Self) -> bool {
        (&self.digest, &self.selection, &self.by) == (&other.digest, &other.selection, &other.by)
    }
}

//! What a run is about.

use function_core::{Stamp, Trigger};
use jiff::civil::Date;

/// One source at one logical date: a cluster's snapshot, a table as of a moment.
///
/// Its names come from the source and the date alone, so every trigger, early, late or repeated,
/// means the same run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The source's name, such as `app-db`; part of the run's id and of keys.
    pub source: String,
    /// The source for people, such as `cluster app-db`.
    pub label: String,
    /// The day that the data is of, in the company's zone.
    pub date: Date,
    /// The name of the generation: the date's, unless a person asked for one more.
    pub stamp: Stamp,
    /// What the run belongs to: the snapshot and its time, or the export's moment.
    pub trigger: Trigger,
}

impl Unit {
    /// The run's id, as long as no other trigger has the same date.
    pub fn run(&self) -> String {
        format!("{}-{}", self.source, self.stamp)
    }
}

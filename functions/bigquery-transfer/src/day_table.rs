//! A table of a day, and how far it is.

use serde::{Deserialize, Serialize};

use crate::transfer_config::ConfigName;
use crate::transfer_run::RunName;

/// How a table of a day stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DayTable {
    /// The rows that were verified in the export.
    pub(crate) rows: u64,
    /// The table in BigQuery.
    pub(crate) destination: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) config: Option<ConfigName>,
    /// The run that counts.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) run: Option<RunName>,
    /// Whether the runs that were there before ours are noted: any other one for this day is ours.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub(crate) is_sorted: bool,
    /// Whether we start its run although there is a schedule.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub(crate) is_by_hand: bool,
    /// Runs for this day that do not count: of an earlier export, or of before it was opened again.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub(crate) earlier: Vec<RunName>,
    /// Runs that do not count and may still write. None starts beside them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub(crate) unended: Vec<RunName>,
    pub(crate) standing: Standing,
}

/// How far a table is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Standing {
    /// Its run is not started, or that is not noted.
    #[default]
    Waiting,
    /// Its run is under way, or was not judged.
    Started,
    /// It is there, with so many rows.
    Loaded { rows: u64 },
    /// It was emptied, because it was verified to be empty.
    Empty,
    /// It did not arrive.
    Failed { why: String },
}

impl DayTable {
    /// The table before its run. What was started does not count any more, and is waited for: also that of a table that was
    /// given up may still write.
    pub(crate) fn begun_again(mut self) -> Self {
        self.unended.extend(self.run.take());
        self.standing = Standing::Waiting;
        self.config = None;
        self.is_sorted = false;
        self
    }

    /// Whether `run` is one that does not count.
    pub(crate) fn is_earlier(&self, run: &RunName) -> bool {
        self.earlier.contains(run) || self.unended.contains(run)
    }

    /// The runs that may still write: of one that arrived, none does.
    pub(crate) fn writing(&self) -> impl Iterator<Item = &RunName> {
        let may_write = matches!(self.standing, Standing::Started | Standing::Failed { .. });
        let run = self.run.iter().filter(move |_| may_write);
        run.chain(&self.unended)
    }

    /// Why its run was not started, in words that go on the sentence.
    pub(crate) fn waits_for(&self) -> Option<String> {
        let run = self.unended.first()?;
        Some(format!(
            "the earlier run {run} has not ended and may still write to the table; cancel it under Data transfers in the BigQuery console"
        ))
    }
}

impl Standing {
    /// Whether nothing more is to come.
    pub(crate) fn is_end(&self) -> bool {
        matches!(
            self,
            Self::Loaded { .. } | Self::Empty | Self::Failed { .. }
        )
    }
}

//! What reading back found, and the names of its reports.

use std::collections::HashSet;

use futures_util::TryStreamExt as _;
use kintone_client::ReadRequest;
use serde::{Deserialize, Serialize};

use crate::error::RestoreError;
use crate::work::Work;

/// What reading back found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Verdict {
    pub(crate) added: u64,
    pub(crate) changed: u64,
    pub(crate) unchanged: u64,
    pub(crate) files: u64,
    /// Differences that the plan foresaw.
    pub(crate) announced: u64,
    /// Differences that it did not.
    pub(crate) differences: u64,
    /// Records that are gone.
    pub(crate) missing: u64,
    /// Records that appeared meanwhile and are not of this restore: of another writer, or of a bulk that arrived late.
    #[serde(default)]
    pub(crate) foreign: Vec<u64>,
}

impl Verdict {
    /// What nobody foresaw, in words; nothing where all is as it should be. `reports` names the objects that tell more.
    pub(crate) fn surprise(&self, reports: &str) -> Option<String> {
        let mut words = Vec::new();
        if self.differences + self.missing > 0 {
            words.push(format!(
                "{} values differ from the backup and {} records are gone; they are in {reports}",
                self.differences, self.missing
            ));
        }
        if !self.foreign.is_empty() {
            let some = self.foreign.iter().take(20).map(u64::to_string);
            words.push(format!(
                "{} records that are not of this restore appeared meanwhile, of another writer or of a write that arrived late: number {}",
                self.foreign.len(),
                some.collect::<Vec<_>>().join(", ")
            ));
        }
        (!words.is_empty()).then(|| words.join("; "))
    }
}

/// The name of a part of a report, beside the run record. `stem` is what all objects of a round of the run begin with,
/// parts count from 1.
pub(crate) fn part_name(stem: &str, report: Report, part: u32) -> String {
    let report = match report {
        Report::Differences => "differences",
        Report::Ids => "ids",
    };
    match part {
        0 | 1 => format!("{stem}.{report}.ndjson"),
        part => format!("{stem}.{report}.{part}.ndjson"),
    }
}

/// What is told of every record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// What differs from the backup.
    Differences,
    /// Old and new numbers.
    Ids,
}

/// The differences of all `parts`, for people.
pub(crate) fn differences_names(stem: &str, parts: u32) -> String {
    let first = part_name(stem, Report::Differences, 1);
    if parts < 2 {
        return first;
    }
    format!("{first} to {}", part_name(stem, Report::Differences, parts))
}

/// Records above the highest number that the app had at the beginning and that are not among the `added` ones.
///
/// # Errors
/// The app or the journal can't be read.
pub(crate) async fn foreign(work: &Work<'_>, added: u64) -> Result<Vec<u64>, RestoreError> {
    let bulks = work.journal.len().await?;
    if added == 0 || bulks == 0 {
        return Ok(Vec::new());
    }
    let before = work.journal.read(1).await?.entry.highest;
    let above = format!("$id > {before}");
    let there = work.client.bounds(work.app(), Some(&above)).await?.count;
    if there <= added {
        return Ok(Vec::new());
    }
    let mut ours = HashSet::new();
    for bulk in 1..=bulks {
        let entry = work.journal.read(bulk).await?.entry;
        ours.extend(entry.ids.unwrap_or_default());
    }
    let mut foreign = Vec::new();
    let request = ReadRequest {
        app: work.app(),
        fields: vec!["$id".to_owned()],
        after: before,
        ..ReadRequest::default()
    };
    let mut pages = work.client.pages(&request);
    while let Some(page) = pages.try_next().await? {
        let ids = page.ids()?.into_iter().map(|(id, _)| id);
        foreign.extend(ids.filter(|id| !ours.contains(id)));
    }
    Ok(foreign)
}

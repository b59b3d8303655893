//! The reports of reading back: old and new numbers, and every difference.

use cloud_store::{Put, Upload};
use serde::Serialize;

use super::comparison::Compared;
use crate::error::RestoreError;
use crate::journal::Entry;
use crate::verify::{Report, Verdict, part_name};
use crate::work::Work;

/// One part of each report, while it is written.
pub(super) struct Reports {
    differences: Upload,
    ids: Upload,
}

/// One line of the ids.
#[derive(Serialize)]
struct IdLine {
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<u64>,
    /// The place in the source of a record that has no old number.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<u64>,
    new: u64,
}

impl Reports {
    /// Begins part number `part`.
    pub(super) async fn begin(work: &Work<'_>, part: u32) -> Result<Self, RestoreError> {
        let put = Put::new("application/x-ndjson");
        let name = |report| part_name(work.stem, report, part);
        Ok(Self {
            differences: work.day.upload(&name(Report::Differences), &put).await?,
            ids: work.day.upload(&name(Report::Ids), &put).await?,
        })
    }

    /// Counts what `entry` says, and notes the ids.
    pub(super) async fn note(
        &mut self,
        entry: &Entry,
        verdict: &mut Verdict,
    ) -> Result<(), RestoreError> {
        let added = entry.sent.iter().filter(|sent| sent.added).count() as u64;
        verdict.added += added;
        verdict.changed += entry.sent.len() as u64 - added;
        verdict.unchanged += entry.unchanged.len() as u64;
        verdict.files += entry.files;
        let mut written: Vec<_> = entry.sent.iter().zip(entry.ids.iter().flatten()).collect();
        written.sort_unstable_by_key(|(sent, _)| sent.place);
        let written = written.into_iter().map(|(sent, new)| IdLine {
            old: (sent.old > 0).then_some(sent.old),
            place: (sent.old == 0).then_some(sent.place),
            new: *new,
        });
        let unchanged = entry.unchanged.iter().map(|(old, new)| IdLine {
            old: Some(*old),
            place: None,
            new: *new,
        });
        let mut lines = Vec::new();
        for line in written.chain(unchanged) {
            push(&mut lines, &line)?;
        }
        if !lines.is_empty() {
            self.ids.write(lines).await?;
        }
        Ok(())
    }

    /// Adds what comparing found.
    pub(super) async fn add(
        &mut self,
        compared: Compared,
        verdict: &mut Verdict,
    ) -> Result<(), RestoreError> {
        verdict.announced += compared.announced;
        verdict.differences += compared.differences;
        verdict.missing += compared.missing;
        if !compared.lines.is_empty() {
            self.differences.write(compared.lines).await?;
        }
        Ok(())
    }

    /// Makes the objects visible.
    pub(super) async fn finish(self) -> Result<(), RestoreError> {
        self.differences.finish().await?;
        self.ids.finish().await?;
        Ok(())
    }
}

/// Adds `line` to `lines`.
pub(super) fn push(lines: &mut Vec<u8>, line: &impl Serialize) -> Result<(), RestoreError> {
    serde_json::to_writer(&mut *lines, line).map_err(RestoreError::Record)?;
    lines.push(b'\n');
    Ok(())
}

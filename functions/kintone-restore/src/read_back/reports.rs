//! The reports of reading back: old and new numbers, and every difference.

use cloud_store::{Put, Upload};
use kintone_client::Record;
use serde::Serialize;
use serde_json::json;

use crate::error::RestoreError;
use crate::journal::Entry;
use crate::source::Saved;
use crate::verify::{Report, Verdict, part_name};
use crate::work::Work;

/// One part of each report, while it is written.
pub(super) struct Reports {
    differences: Upload,
    ids: Upload,
}

/// One line of the differences.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    /// The record's name in the backup.
    record: &'a str,
    /// Its id in the app.
    id: u64,
    field: &'a str,
    saved: &'a str,
    restored: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    announced: Option<&'a str>,
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
        let mut lines = String::new();
        for (sent, new) in written {
            let line = match sent.old {
                0 => json!({ "place": sent.place, "new": new }),
                old => json!({ "old": old, "new": new }),
            };
            lines.push_str(&line.to_string());
            lines.push('\n');
        }
        for (old, new) in &entry.unchanged {
            lines.push_str(&json!({ "old": old, "new": new }).to_string());
            lines.push('\n');
        }
        if !lines.is_empty() {
            self.ids.write(lines).await?;
        }
        Ok(())
    }

    /// Compares one record, which has the number `id` now.
    pub(super) async fn compare(
        &mut self,
        work: &Work<'_>,
        saved: &Saved,
        id: u64,
        read: Option<&Record<'_>>,
        verdict: &mut Verdict,
    ) -> Result<(), RestoreError> {
        let mut lines = Vec::new();
        if let Some(read) = read {
            for (difference, why) in work.differences(saved, &saved.record()?, read) {
                match why {
                    Some(_) => verdict.announced += 1,
                    None => verdict.differences += 1,
                }
                let line = Line {
                    record: &saved.name,
                    id,
                    field: &difference.path,
                    saved: &difference.saved,
                    restored: &difference.read,
                    announced: why.as_deref(),
                };
                push(&mut lines, &line)?;
            }
        } else {
            verdict.missing += 1;
            let line = Line {
                record: &saved.name,
                id,
                field: "$id",
                saved: "a record",
                restored: "no record",
                announced: None,
            };
            push(&mut lines, &line)?;
        }
        if !lines.is_empty() {
            self.differences.write(lines).await?;
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

fn push(lines: &mut Vec<u8>, line: &Line<'_>) -> Result<(), RestoreError> {
    serde_json::to_writer(&mut *lines, line).map_err(RestoreError::Record)?;
    lines.push(b'\n');
    Ok(())
}

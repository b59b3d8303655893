//! Reads back what was written, and compares it field by field.

use std::collections::HashMap;

use cloud_store::{Put, Upload};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use kintone_client::{Page, PageRequest, Record};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::RestoreError;
use crate::find::quoted;
use crate::journal::Entry;
use crate::source::{Reading, Saved};
use crate::work::Work;

/// Records that are read back at once: a page.
const CHUNK: usize = 500;

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
}

/// The names of the objects that verification writes beside the run record.
pub(crate) fn differences_name(run: &str) -> String {
    format!("{run}.differences.ndjson")
}

/// As [`differences_name`].
pub(crate) fn ids_name(run: &str) -> String {
    format!("{run}.ids.ndjson")
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

/// Compares all that the journal says was written, and writes the differences and the map of ids. `None`
/// when the time of this invocation is over before the end: the next one begins anew.
///
/// # Errors
/// The app, the source or the store can't be read or written.
pub(crate) async fn verify(work: &Work<'_>) -> Result<Option<Verdict>, RestoreError> {
    let put = Put::new("application/x-ndjson");
    let mut outputs = Outputs {
        differences: work.day.upload(&differences_name(work.run), &put).await?,
        ids: work.day.upload(&ids_name(work.run), &put).await?,
        verdict: Verdict::default(),
    };
    let mut reading = work.source.read().await?;
    let bulks = work.journal.len().await?;
    for bulk in 1..=bulks {
        if work.is_late() {
            outputs.differences.abort().await;
            outputs.ids.abort().await;
            return Ok(None);
        }
        let entry = work.journal.read(bulk).await?.entry;
        verify_bulk(work, &mut reading, &entry, &mut outputs).await?;
        work.function.progress.verified(entry.next);
    }
    outputs.differences.finish().await?;
    outputs.ids.finish().await?;
    Ok(Some(outputs.verdict))
}

struct Outputs {
    differences: Upload,
    ids: Upload,
    verdict: Verdict,
}

async fn verify_bulk(
    work: &Work<'_>,
    reading: &mut Reading,
    entry: &Entry,
    outputs: &mut Outputs,
) -> Result<(), RestoreError> {
    let ids = entry.ids.as_deref().unwrap_or_default();
    let mut written: Vec<_> = entry.sent.iter().zip(ids.iter().copied()).collect();
    written.sort_unstable_by_key(|(sent, _)| sent.place);
    let added = entry.sent.iter().filter(|sent| sent.added).count() as u64;
    outputs.verdict.added += added;
    outputs.verdict.changed += entry.sent.len() as u64 - added;
    outputs.verdict.unchanged += entry.unchanged.len() as u64;
    outputs.verdict.files += entry.files;
    outputs.note_ids(entry, &written).await?;
    // Gathered first: a stream that maps by a closure would not be Send.
    let mut fetches = Vec::new();
    for chunk in written.chunks(CHUNK) {
        let ids = chunk.iter().map(|(_, id)| *id).collect();
        fetches.push(fetch(work, ids));
    }
    let windows = work.function.config.kintone.windows;
    let mut pages = stream::iter(fetches).buffered(windows);
    for chunk in written.chunks(CHUNK) {
        let Some(page) = pages.try_next().await? else {
            break;
        };
        let records = page.records()?;
        let records: HashMap<u64, &Record<'_>> =
            records.iter().map(|record| (record.id, record)).collect();
        for (sent, id) in chunk {
            reading.skip_to(sent.place).await?;
            let saved = reading.next().await?;
            let saved = saved.filter(|saved| saved.digest() == sent.digest);
            let saved = saved.ok_or_else(|| RestoreError::SourceChanged {
                address: work.origin.address.clone(),
            })?;
            let read = records.get(id).copied();
            outputs.compare(work, &saved, *id, read).await?;
        }
    }
    Ok(())
}

/// One page with the records `ids`.
async fn fetch(work: &Work<'_>, mut ids: Vec<u64>) -> Result<Page, RestoreError> {
    ids.sort_unstable();
    let (first, last) = (ids.first().copied(), ids.last().copied());
    let (first, last) = (first.unwrap_or(1), last.unwrap_or(0));
    let is_dense = last.saturating_sub(first) < CHUNK as u64;
    let condition = (!is_dense).then(|| {
        let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
        format!("$id in ({})", quoted(&ids))
    });
    let request = PageRequest {
        app: work.app(),
        condition,
        after: first.saturating_sub(1),
        up_to: Some(last),
        ..PageRequest::default()
    };
    Ok(work.client.page(&request).await?)
}

impl Outputs {
    async fn note_ids(
        &mut self,
        entry: &Entry,
        written: &[(&crate::journal::Sent, u64)],
    ) -> Result<(), RestoreError> {
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

    async fn compare(
        &mut self,
        work: &Work<'_>,
        saved: &Saved,
        id: u64,
        read: Option<&Record<'_>>,
    ) -> Result<(), RestoreError> {
        let mut lines = Vec::new();
        if let Some(read) = read {
            for (difference, why) in work.differences(&saved.record()?, read) {
                match why {
                    Some(_) => self.verdict.announced += 1,
                    None => self.verdict.differences += 1,
                }
                let line = Line {
                    record: &saved.name,
                    id,
                    field: &difference.path,
                    saved: &difference.saved,
                    restored: &difference.read,
                    announced: why.as_deref(),
                };
                serde_json::to_writer(&mut lines, &line).map_err(RestoreError::Record)?;
                lines.push(b'\n');
            }
        } else {
            self.verdict.missing += 1;
            let line = json!({ "record": saved.name, "id": id, "field": "$id", "saved": "a record", "restored": "no record" });
            serde_json::to_writer(&mut lines, &line).map_err(RestoreError::Record)?;
            lines.push(b'\n');
        }
        if !lines.is_empty() {
            self.differences.write(lines).await?;
        }
        Ok(())
    }
}

//! Reads back what was written, and compares it field by field.

use std::collections::{HashMap, HashSet, VecDeque};

use cloud_store::{Put, Upload};
use futures_util::TryStreamExt as _;
use kintone_client::{ClientError, Page, PageRequest, ReadRequest, Record};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::task::{JoinError, JoinHandle};
use tracing::Instrument as _;

use crate::error::RestoreError;
use crate::find::quoted;
use crate::journal::{Entry, Sent};
use crate::progress::Stage;
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
    /// Records that appeared meanwhile and are not of this restore: of another writer, or of a bulk that arrived late.
    #[serde(default)]
    pub(crate) foreign: Vec<u64>,
}

impl Verdict {
    /// What nobody foresaw, in words; nothing where all is as it should be. `run` names the objects that tell more.
    pub(crate) fn surprise(&self, run: &str) -> Option<String> {
        let mut words = Vec::new();
        if self.differences + self.missing > 0 {
            words.push(format!(
                "{} values differ from the backup and {} records are gone; they are in {}",
                self.differences,
                self.missing,
                differences_name(run)
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
    let mut chunks = Chunks {
        work,
        bulk: 0,
        bulks: work.journal.len().await?,
        ready: VecDeque::new(),
    };
    while let Some(chunk) = chunks.next(&mut outputs).await? {
        if work.is_late() {
            outputs.differences.abort().await;
            outputs.ids.abort().await;
            return Ok(None);
        }
        outputs.compare_chunk(work, &mut reading, chunk).await?;
        work.function.progress.at(Stage::Verifying, reading.place());
    }
    outputs.verdict.foreign = foreign(work, outputs.verdict.added).await?;
    outputs.differences.finish().await?;
    outputs.ids.finish().await?;
    Ok(Some(outputs.verdict))
}

/// Records above the highest number that the app had at the beginning and that are not among the `added` ones.
async fn foreign(work: &Work<'_>, added: u64) -> Result<Vec<u64>, RestoreError> {
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

struct Outputs {
    differences: Upload,
    ids: Upload,
    verdict: Verdict,
}

/// Written records whose page is on its way.
struct Chunk {
    /// In the order of the source, each with its id.
    written: Vec<(Sent, u64)>,
    page: JoinHandle<Result<Page, ClientError>>,
}

/// The chunks of all bulks, a few of them read ahead.
struct Chunks<'a> {
    work: &'a Work<'a>,
    bulk: u64,
    bulks: u64,
    ready: VecDeque<Chunk>,
}

impl Chunks<'_> {
    async fn next(&mut self, outputs: &mut Outputs) -> Result<Option<Chunk>, RestoreError> {
        let windows = self.work.function.config.kintone.windows;
        while self.ready.len() < windows && self.bulk < self.bulks {
            self.bulk += 1;
            let entry = self.work.journal.read(self.bulk).await?.entry;
            let ids = entry.ids.clone().unwrap_or_default();
            let mut written: Vec<_> = entry.sent.iter().cloned().zip(ids).collect();
            written.sort_unstable_by_key(|(sent, _)| sent.place);
            outputs.note(&entry, &written).await?;
            for chunk in written.chunks(CHUNK) {
                self.ready.push_back(self.begin(chunk));
            }
        }
        Ok(self.ready.pop_front())
    }

    fn begin(&self, written: &[(Sent, u64)]) -> Chunk {
        let request = request(self.work.app(), written);
        let client = self.work.client.clone();
        let fetching = async move { client.page(&request).await };
        Chunk {
            written: written.to_vec(),
            page: tokio::spawn(fetching.in_current_span()),
        }
    }
}

impl Chunk {
    /// The page, once it is there; a panic in its task goes on here.
    async fn page(&mut self) -> Result<Page, RestoreError> {
        match (&mut self.page).await.map_err(JoinError::try_into_panic) {
            Ok(page) => Ok(page?),
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            // Only a runtime that shuts down cancels the task, and it polls nobody again.
            Err(Err(_)) => std::future::pending().await,
        }
    }
}

/// Asks for one page with the records `written`.
fn request(app: u64, written: &[(Sent, u64)]) -> PageRequest {
    let mut ids: Vec<u64> = written.iter().map(|(_, id)| *id).collect();
    ids.sort_unstable();
    let (first, last) = (ids.first().copied(), ids.last().copied());
    let (first, last) = (first.unwrap_or(1), last.unwrap_or(0));
    let is_dense = last.saturating_sub(first) < CHUNK as u64;
    let condition = (!is_dense).then(|| {
        let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
        format!("$id in ({})", quoted(&ids))
    });
    PageRequest {
        app,
        condition,
        after: first.saturating_sub(1),
        up_to: Some(last),
        ..PageRequest::default()
    }
}

impl Outputs {
    /// Counts what `entry` says, and notes the ids.
    async fn note(&mut self, entry: &Entry, written: &[(Sent, u64)]) -> Result<(), RestoreError> {
        let added = written.iter().filter(|(sent, _)| sent.added).count() as u64;
        self.verdict.added += added;
        self.verdict.changed += written.len() as u64 - added;
        self.verdict.unchanged += entry.unchanged.len() as u64;
        self.verdict.files += entry.files;
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

    async fn compare_chunk(
        &mut self,
        work: &Work<'_>,
        reading: &mut Reading,
        mut chunk: Chunk,
    ) -> Result<(), RestoreError> {
        let page = chunk.page().await?;
        let records = page.records()?;
        let records: HashMap<u64, &Record<'_>> =
            records.iter().map(|record| (record.id, record)).collect();
        for (sent, id) in &chunk.written {
            reading.skip_to(sent.place).await?;
            let saved = reading.next().await?;
            let saved = saved.filter(|saved| saved.digest() == sent.digest);
            let saved = saved.ok_or_else(|| RestoreError::SourceChanged {
                address: work.origin.address.clone(),
            })?;
            let read = records.get(id).copied();
            self.compare(work, &saved, *id, read).await?;
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
            for (difference, why) in work.differences(saved, &saved.record()?, read) {
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

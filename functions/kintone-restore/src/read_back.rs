//! Reads back what was written and compares it field by field, bulk after bulk, while the next ones are written.

mod chunks;
mod comparison;
mod reports;

use std::sync::Arc;

use kintone_format::Aside;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use self::chunks::{Chunk, Chunks};
use self::comparison::{Written, compared};
use self::reports::Reports;
use crate::error::RestoreError;
use crate::progress::Stage;
use crate::source::Reading;
use crate::verify::Verdict;
use crate::work::Work;

/// How far reading back came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ReadBack {
    /// The number of the last bulk that was read back.
    pub(crate) bulk: u64,
    /// Parts of the reports that are written: one for each invocation that read back.
    pub(crate) parts: u32,
    /// What was found so far.
    pub(crate) verdict: Verdict,
}

/// How far writing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// The bulks up to this number have their answers.
    pub(crate) bulks: u64,
    pub(crate) writing: Writing,
}

/// Whether more is going to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writing {
    UnderWay,
    /// All is written, or the next invocation writes the rest.
    Over,
    Failed,
}

/// Compares all bulks after those that `done` tells of, as soon as `head` says that they are written. It ends early when the time
/// of this invocation is over, but never before one bulk; or when writing failed.
///
/// # Errors
/// The app, the source or the store can't be read or written. What was read back since the last checkpoint is then
/// read again.
pub(crate) async fn read_back(
    work: &Work<'_>,
    done: ReadBack,
    head: watch::Receiver<Head>,
) -> Result<ReadBack, RestoreError> {
    let begun_at = done.bulk;
    let mut back = done;
    let mut chunks = Chunks::after(work, back.bulk, head);
    let mut open: Option<(Reports, Reading)> = None;
    while let Some(chunk) = chunks.next().await? {
        let is_enough = back.bulk > begun_at && work.is_late();
        if chunk.is_first() && is_enough {
            break;
        }
        if open.is_none() {
            let reports = Reports::begin(work, back.parts + 1).await?;
            open = Some((reports, work.source.read().await?));
        }
        if let Some((reports, reading)) = &mut open {
            compare(work, chunk, reports, reading, &mut back).await?;
            if chunks.is_written() {
                work.function.progress.at(Stage::Verifying, reading.place());
            }
        }
    }
    if let Some((reports, _)) = open {
        reports.finish().await?;
        back.parts += 1;
    }
    Ok(back)
}

async fn compare(
    work: &Work<'_>,
    mut chunk: Chunk,
    reports: &mut Reports,
    reading: &mut Reading,
    back: &mut ReadBack,
) -> Result<(), RestoreError> {
    if let Some(entry) = &chunk.entry {
        reports.note(entry, &mut back.verdict).await?;
    }
    let mut written = Vec::with_capacity(chunk.written.len());
    for (sent, id) in std::mem::take(&mut chunk.written) {
        reading.skip_to(sent.place).await?;
        let saved = reading.next().await?;
        let saved = saved.ok_or_else(|| changed(work))?;
        written.push(Written { saved, sent, id });
    }
    let page = chunk.page().await?;
    let conversion = Arc::clone(&work.conversion);
    let comparing = Aside::begin(move || {
        if !written.iter().all(Written::is_as_sent) {
            return Ok(None);
        }
        compared(&conversion, &written, page.as_ref()).map(Some)
    });
    let compared = comparing.end().await?.ok_or_else(|| changed(work))?;
    reports.add(compared, &mut back.verdict).await?;
    if chunk.is_last {
        back.bulk = chunk.bulk;
    }
    Ok(())
}

fn changed(work: &Work<'_>) -> RestoreError {
    RestoreError::SourceChanged {
        address: work.origin.address.clone(),
    }
}

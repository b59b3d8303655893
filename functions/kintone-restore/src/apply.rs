//! Carries the plan out: intents, writes, answers. Whatever stops it, the next invocation goes on.

use crate::bulk::Cutter;
use crate::error::RestoreError;
use crate::journal::Kept;
use crate::progress::Stage;
use crate::settle::resume;
use crate::window::{Numbered, Window};
use crate::work::Work;

/// Writes what is not written yet. False when the time of this invocation is over before the end.
///
/// # Errors
/// Whatever stops it; what was written is in the journal.
pub(crate) async fn apply(work: &Work<'_>) -> Result<bool, RestoreError> {
    let mut position = resume(work).await?;
    let mut highest = work.client.bounds(work.app(), None).await?.highest_id;
    if let Some(first) = position.again.first() {
        let first = first.entry.window;
        let bulks = again(work, std::mem::take(&mut position.again)).await?;
        highest = Window::begin(work, bulks, first, highest)
            .await?
            .deliver()
            .await?;
    }
    let mut cutter = Cutter::at(work, position.place).await?;
    let (mut number, mut seen) = (position.number, position.seen);
    let mut next = cutter.window(number, seen.take()).await?;
    while let Some(last) = next.last() {
        let (first, place) = (number, last.bulk.next);
        number = last.number + 1;
        let window = Window::begin(work, next, first, highest).await?;
        let (delivered, prepared) = tokio::join!(window.deliver(), cutter.window(number, None));
        highest = delivered?;
        work.function.progress.at(Stage::Writing, place);
        next = prepared?;
        // Not before: what is prepared once is written, however long its files took.
        if work.is_late() && !next.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Bulks that came to nothing, made once more of the same records.
async fn again(work: &Work<'_>, kept: Vec<Kept>) -> Result<Vec<Numbered>, RestoreError> {
    let mut bulks = Vec::new();
    for Kept { entry, version } in kept {
        let mut cutter = Cutter::at(work, entry.first).await?;
        let bulk = cutter.next_up_to(entry.next).await?;
        let bulk = bulk.filter(|bulk| bulk.next == entry.next);
        bulks.push(Numbered {
            number: entry.bulk,
            bulk: bulk.ok_or_else(|| RestoreError::SourceChanged {
                address: work.origin.address.clone(),
            })?,
            seen: Some(version),
        });
    }
    Ok(bulks)
}

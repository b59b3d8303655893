//! Carries the plan out: intents, writes, answers. Whatever stops it, the next invocation goes on.

use tokio::sync::watch;

use crate::bulk::Cutter;
use crate::error::RestoreError;
use crate::journal::Kept;
use crate::progress::Stage;
use crate::read_back::{Head, Writing};
use crate::request::Mode;
use crate::settle::{Position, resume};
use crate::window::{Numbered, Window};
use crate::work::Work;

/// Writes what is not written yet, and tells `head` how far it is. False when the time of this invocation is over before
/// the end. `planned` is how many records the app held when it was planned, where that must still be so.
///
/// # Errors
/// Whatever stops it; what was written is in the journal.
pub(crate) async fn apply(
    work: &Work<'_>,
    planned: Option<u64>,
    head: &watch::Sender<Head>,
) -> Result<bool, RestoreError> {
    let applied = write(work, planned, head).await;
    let writing = match &applied {
        Ok(_) => Writing::Over,
        Err(_) => Writing::Failed,
    };
    head.send_modify(|head| head.writing = writing);
    applied
}

async fn write(
    work: &Work<'_>,
    planned: Option<u64>,
    head: &watch::Sender<Head>,
) -> Result<bool, RestoreError> {
    let answered = |bulks| head.send_modify(|head| head.bulks = bulks);
    let mut position = resume(work).await?;
    let bounds = work.client.bounds(work.app(), None).await?;
    let mut highest = bounds.highest_id;
    check_held(work, &position, planned, bounds.count)?;
    if let Some(first) = position.again.first() {
        answered(first.entry.bulk - 1);
        let first = first.entry.window;
        let bulks = again(work, std::mem::take(&mut position.again)).await?;
        highest = Window::begin(work, bulks, first, highest)
            .await?
            .deliver()
            .await?;
    }
    answered(position.number - 1);
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
        answered(number - 1);
        next = prepared?;
        // Not before: what is prepared once is written, however long its files took.
        if work.is_late() && !next.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the app is as it was planned for, before the first record is added.
fn check_held(
    work: &Work<'_>,
    position: &Position,
    held: Option<u64>,
    holds: u64,
) -> Result<(), RestoreError> {
    let is_new = position.number == 1 && position.seen.is_none() && position.again.is_empty();
    match held {
        Some(held) if held != holds && is_new && work.mode() == Mode::Insert => {
            Err(RestoreError::Filled {
                app: work.app(),
                held,
                holds,
            })
        }
        _ => Ok(()),
    }
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

//! Carries the plan out: intents, writes, answers. Whatever stops it, the next invocation goes on.

use futures_util::FutureExt as _;
use futures_util::future::FusedFuture as _;
use tokio::sync::watch;

use crate::bulk::{Bulk, Cutter};
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
    let position = resume(work).await?;
    let bounds = work.client.bounds(work.app(), None).await?;
    check_held(work, &position, planned, bounds.count)?;
    let mut window = Window::new(work, position.number - 1, bounds.highest_id);
    let written = fill(work, position, &mut window, head).await;
    // Whatever stops it: what was sent must get its answer noted.
    window.drain().await;
    written
}

/// Sends bulk after bulk as soon as `window` has room, and prepares one meanwhile.
async fn fill<'a>(
    work: &'a Work<'a>,
    position: Position,
    window: &mut Window<'a>,
    head: &watch::Sender<Head>,
) -> Result<bool, RestoreError> {
    for bulk in again(work, position.again).await? {
        window.begin(bulk).await?;
    }
    let (mut number, mut seen) = (position.number, position.seen);
    let cutter = Cutter::at(work, position.place).await?;
    let cutter = cutter.expecting(position.expected);
    let mut preparing = cutter.next().boxed().fuse();
    let mut prepared: Option<(Bulk, Cutter<'a>)> = None;
    let mut has_begun = false;
    loop {
        head.send_modify(|head| head.bulks = window.answered_up_to());
        // Not before: what is prepared first is written, however long its files took.
        let is_late = has_begun && work.is_late();
        if !is_late
            && window.has_room()
            && let Some((bulk, cutter)) = prepared.take()
        {
            let seen = seen.take();
            window.begin(Numbered { number, bulk, seen }).await?;
            number += 1;
            has_begun = true;
            preparing = cutter.next().boxed().fuse();
        }
        if window.is_empty() && preparing.is_terminated() {
            return Ok(prepared.is_none());
        }
        tokio::select! {
            Some(ended) = window.next() => {
                window.take(ended).await?;
                work.function.progress.at(Stage::Writing, window.place());
            }
            next = &mut preparing => prepared = next?,
        }
    }
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

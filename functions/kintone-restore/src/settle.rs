//! Bulks without an answer: their records are looked for in the app.

use std::borrow::Cow;
use std::collections::HashSet;

use cloud_store::Version;
use function_core::first_few;
use jiff::SignedDuration;
use kintone_client::{PageRequest, Record};

use crate::deal::deal;
use crate::edits::Expected;
use crate::error::RestoreError;
use crate::find::{Look, find};
use crate::journal::{Entry, Kept, Sent};
use crate::request::Mode;
use crate::source::Saved;
use crate::work::Work;

/// Records that are looked up in the app at once.
const LOOKED_UP: usize = 500;
/// Records of others that are looked through beside those of this restore.
const MOST_STRANGERS: usize = 1_000;

/// How far the journal came.
pub(crate) struct Position {
    /// The number of the next bulk.
    pub(crate) number: u64,
    /// The place in the source that it begins at.
    pub(crate) place: u64,
    /// The version of its intent, where one was written that came to nothing.
    pub(crate) seen: Option<Version>,
    /// What that intent was about to write over.
    pub(crate) expected: Expected,
    /// Bulks before it that came to nothing.
    pub(crate) again: Vec<Kept>,
}

/// Looks where an earlier invocation stopped, and settles the bulks that it may or may not have written.
///
/// # Errors
/// Another writer is seen, or the app, the source or the store can't be read.
pub(crate) async fn resume(work: &Work<'_>) -> Result<Position, RestoreError> {
    let count = work.journal.len().await?;
    let mut position = Position {
        number: count + 1,
        place: 0,
        seen: None,
        expected: Expected::default(),
        again: Vec::new(),
    };
    if count == 0 {
        return Ok(position);
    }
    let mut window = window(work, count).await?;
    position.place = window.last().map_or(0, |last| last.entry.next);
    if window.iter().any(|kept| kept.entry.ids.is_none()) {
        tracing::warn!(
            run = work.run,
            bulk = count,
            "bulks have no answer; looking for their records"
        );
        let sent = window.iter().map(|kept| kept.entry.at).max();
        let settled = sent.unwrap_or_default() + work.function.config.settle;
        wait(work, settled.duration_since(work.function.clock.now())).await;
        let known = window.iter().filter_map(|kept| kept.entry.ids.as_ref());
        let known = known.flatten().copied().collect();
        let open = window.iter_mut().filter(|kept| kept.entry.ids.is_none());
        adopt(work, &known, 0, open.collect()).await?;
    }
    let again = window.into_iter().filter(|kept| kept.entry.ids.is_none());
    position.again = again.collect();
    // What is changed is looked up anew, so that the cut may be another: there is one bulk at a time.
    if work.mode() != Mode::Insert
        && let Some(kept) = position.again.pop()
    {
        position.number = kept.entry.bulk;
        position.place = kept.entry.first;
        position.expected = Expected::from(kept.entry.sent.as_slice());
        position.seen = Some(kept.version);
    }
    Ok(position)
}

/// The last bulk, number `count`, and those before it that were under way with it, or with one of these that has no answer.
async fn window(work: &Work<'_>, count: u64) -> Result<Vec<Kept>, RestoreError> {
    let last = work.journal.read(count).await?;
    let mut first = last.entry.window;
    let mut window = vec![last];
    for number in (1..count).rev() {
        if number < first {
            break;
        }
        let kept = work.journal.read(number).await?;
        if kept.entry.ids.is_none() {
            first = first.min(kept.entry.window);
        }
        window.push(kept);
    }
    window.reverse();
    Ok(window)
}

/// Looks for the records of bulks that have no answer; those that are written get it. `known` are the ids of other bulks
/// that were under way at the same time, and up to `settled` there is no record of an open one.
///
/// # Errors
/// Other records are there: another writer is at work.
pub(crate) async fn adopt(
    work: &Work<'_>,
    known: &HashSet<u64>,
    settled: u64,
    open: Vec<&mut Kept>,
) -> Result<(), RestoreError> {
    let adds = |kept: &&mut Kept| kept.entry.sent.iter().any(|sent| sent.added);
    let (open, changing): (Vec<&mut Kept>, Vec<&mut Kept>) = open.into_iter().partition(adds);
    for kept in changing {
        if let Some(ids) = changed(work, &kept.entry).await? {
            answer(work, kept, ids).await?;
        }
    }
    let Some(highest) = open.iter().map(|kept| kept.entry.highest).min() else {
        return Ok(());
    };
    // Those that were answered since the intents were written are not looked through again.
    let highest = highest.max(settled);
    let mut added = Vec::new();
    for kept in &open {
        added.push(saved(work, &kept.entry, |sent| sent.added).await?);
    }
    let found = dealt(work, highest, known, &added).await?;
    for (kept, ids) in open.into_iter().zip(found) {
        let Some(ids) = ids else { continue };
        let changed = kept.entry.sent.iter().filter(|sent| !sent.added);
        let ids = ids.into_iter().chain(changed.map(Sent::changes)).collect();
        answer(work, kept, ids).await?;
    }
    Ok(())
}

/// Notes what a bulk without an answer came to.
async fn answer(work: &Work<'_>, kept: &mut Kept, ids: Vec<u64>) -> Result<(), RestoreError> {
    kept.entry.ids = Some(ids);
    let seen = Some(kept.version.clone());
    kept.version = work.journal.write(&kept.entry, seen).await?;
    Ok(())
}

/// The ids of the records of a bulk that only changes some, if it was written.
///
/// It is written whole or not at all. So one record with the revision that it was looked up with proves that it was not, and
/// one that was edited since and is as it was sent proves that it was: others would hardly have typed just that.
async fn changed(work: &Work<'_>, entry: &Entry) -> Result<Option<Vec<u64>>, RestoreError> {
    let saved = saved(work, entry, |sent| !sent.added).await?;
    let mut is_written = false;
    let mut ids = Vec::with_capacity(saved.len());
    for (saved, sent) in saved.chunks(LOOKED_UP).zip(entry.sent.chunks(LOOKED_UP)) {
        let found = find(work, saved, Look::Written).await?;
        for (sent, found) in sent.iter().zip(found) {
            let Some(found) = found else {
                // Deleted since; reading back tells that it is gone.
                ids.push(sent.changes());
                continue;
            };
            if sent.revision == Some(found.revision) {
                return Ok(None);
            }
            is_written |= found.is_same;
            ids.push(found.id);
        }
    }
    Ok(is_written.then_some(ids))
}

/// The saved records of a bulk that are `wanted`.
async fn saved(
    work: &Work<'_>,
    entry: &Entry,
    is_wanted: impl Fn(&Sent) -> bool,
) -> Result<Vec<Saved>, RestoreError> {
    let mut reading = work.source.read().await?;
    let mut wanted = Vec::new();
    for sent in entry.sent.iter().filter(|sent| is_wanted(sent)) {
        reading.skip_to(sent.place).await?;
        let saved = reading.next().await?;
        let saved = saved.filter(|saved| saved.digest() == sent.digest);
        wanted.push(saved.ok_or_else(|| RestoreError::SourceChanged {
            address: work.origin.address.clone(),
        })?);
    }
    Ok(wanted)
}

/// The ids above `highest` that are not `known`, dealt out to the bulks that they are of.
async fn dealt(
    work: &Work<'_>,
    highest: u64,
    known: &HashSet<u64>,
    added: &[Vec<Saved>],
) -> Result<Vec<Option<Vec<u64>>>, RestoreError> {
    let most: usize = added.iter().map(Vec::len).sum();
    let mut pages = Vec::new();
    let (mut after, mut count) = (highest, 0);
    // As many again may be of others; who adds more than that is told to stop.
    while count <= 2 * most + MOST_STRANGERS {
        let request = PageRequest {
            app: work.app(),
            after,
            ..PageRequest::default()
        };
        let page = work.client.page(&request).await?;
        let ids = page.ids()?;
        let Some((last, _)) = ids.last() else { break };
        after = *last;
        count += ids.iter().filter(|(id, _)| !known.contains(id)).count();
        pages.push(page);
    }
    let mut records: Vec<Record<'_>> = Vec::new();
    for page in &pages {
        let found = page.records()?.into_iter();
        records.extend(found.filter(|record| !known.contains(&record.id)));
    }
    let mut saved: Vec<Vec<Cow<'_, Record<'_>>>> = Vec::new();
    for bulk in added {
        saved.push(bulk.iter().map(Saved::record).collect::<Result<_, _>>()?);
    }
    let lengths: Vec<usize> = saved.iter().map(Vec::len).collect();
    let is_same = |bulk: usize, at: usize, record: usize| {
        work.conversion
            .is_same(&added[bulk][at], &saved[bulk][at], &records[record])
    };
    let dealt = deal(&lengths, records.len(), &is_same);
    let dealt = dealt.ok_or_else(|| RestoreError::AnotherWriter {
        app: work.app(),
        what: format!(
            "the records {} are in part what {most} sent ones, whose answer is lost, would be; find out which are not wanted and delete them",
            numbers(&records)
        ),
    })?;
    let ids = dealt.into_iter().map(|places| {
        let places = places?.into_iter();
        Some(places.map(|place| records[place].id).collect())
    });
    Ok(ids.collect())
}

/// The first few ids of `records`.
fn numbers(records: &[Record<'_>]) -> String {
    let ids: Vec<String> = records.iter().map(|record| record.id.to_string()).collect();
    first_few(&ids, 20, ", ")
}

/// Waits for `time`, if there is any left.
pub(crate) async fn wait(work: &Work<'_>, time: SignedDuration) {
    if let Ok(time) = time.try_into()
        && time > std::time::Duration::ZERO
    {
        work.function.sleep.of(time).await;
    }
}

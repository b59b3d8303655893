//! Carries the plan out, bulk by bulk: intent, write, answer. Whatever stops it, the next invocation goes on.

use cloud_store::Version;
use jiff::SignedDuration;
use kintone_client::{BulkError, PageRequest};

use crate::bulk::{Bulk, Cutter, ids};
use crate::error::RestoreError;
use crate::journal::{Entry, Kept};
use crate::source::Saved;
use crate::work::Work;

/// How often a bulk whose answer is lost is looked for and sent again.
const ATTEMPTS: u32 = 3;

/// Writes what is not written yet. False when the time of this invocation is over before the end.
///
/// # Errors
/// Whatever stops it; what was written is in the journal.
pub(crate) async fn apply(work: &Work<'_>) -> Result<bool, RestoreError> {
    let mut position = resume(work).await?;
    let mut cutter = Cutter::at(work, position.place).await?;
    let mut next = cutter.next().await?;
    position.highest = work.client.bounds(work.app(), None).await?.highest_id;
    while let Some(bulk) = next {
        if work.is_late() {
            return Ok(false);
        }
        let mut sending = Sending::begin(work, &bulk, &mut position).await?;
        let (delivered, prepared) = tokio::join!(sending.deliver(), cutter.next());
        position = delivered?;
        work.function.progress.written(position.place);
        next = prepared?;
    }
    Ok(true)
}

/// How far the journal came.
struct Position {
    /// The number of the next bulk.
    bulk: u64,
    /// The place in the source that it begins at.
    place: u64,
    /// The highest id in the app.
    highest: u64,
    /// The version of that bulk's intent, where one was written that came to nothing.
    seen: Option<Version>,
}

/// Looks where an earlier invocation stopped, and settles the bulk that it may or may not have written.
async fn resume(work: &Work<'_>) -> Result<Position, RestoreError> {
    let count = work.journal.len().await?;
    let mut position = Position {
        bulk: count + 1,
        place: 0,
        highest: 0,
        seen: None,
    };
    if count == 0 {
        return Ok(position);
    }
    let last = work.journal.read(count).await?;
    position.place = last.entry.next;
    if last.entry.ids.is_some() {
        return Ok(position);
    }
    tracing::warn!(
        run = work.run,
        bulk = count,
        "a bulk has no answer; looking for its records"
    );
    if let Some(ids) = settle(work, &last).await? {
        let answered = Entry {
            ids: Some(ids),
            ..last.entry
        };
        work.journal.write(&answered, Some(last.version)).await?;
    } else {
        position.bulk = count;
        position.place = last.entry.first;
        position.seen = Some(last.version);
    }
    Ok(position)
}

/// The ids of a bulk that was written without our knowing; nothing where it was not, or where
/// writing it again does no harm.
async fn settle(work: &Work<'_>, last: &Kept) -> Result<Option<Vec<u64>>, RestoreError> {
    let entry = &last.entry;
    if !entry.sent.iter().any(|sent| sent.added) {
        return Ok(None);
    }
    // The write may still be on its way to the app.
    let settled = entry.at + work.function.config.settle;
    wait(work, settled.duration_since(work.function.clock.now())).await;
    let mut reading = work.source.read().await?;
    let mut added = Vec::new();
    for sent in &entry.sent {
        if !sent.added {
            continue;
        }
        reading.skip_to(sent.place).await?;
        let saved = reading.next().await?;
        let saved = saved.filter(|saved| saved.digest() == sent.digest);
        added.push(saved.ok_or_else(|| RestoreError::SourceChanged {
            address: work.origin.address.clone(),
        })?);
    }
    let new = look(work, entry.highest, &added).await?;
    Ok(new.map(|new| {
        let changed = entry.sent.iter().filter(|sent| !sent.added);
        new.into_iter()
            .chain(changed.map(|sent| sent.old))
            .collect()
    }))
}

/// The ids above `highest`, if they are those of `added`; nothing where there are none.
///
/// # Errors
/// Other records are there: another writer is at work.
async fn look(
    work: &Work<'_>,
    highest: u64,
    added: &[Saved],
) -> Result<Option<Vec<u64>>, RestoreError> {
    let mut ids = Vec::new();
    let mut after = highest;
    loop {
        let request = PageRequest {
            app: work.app(),
            after,
            ..PageRequest::default()
        };
        let page = work.client.page(&request).await?;
        let records = page.records()?;
        let Some(last) = records.last() else { break };
        after = last.id;
        for read in &records {
            let is_ours = match added.get(ids.len()) {
                Some(saved) => work.is_same(&saved.record()?, read),
                None => false,
            };
            if !is_ours {
                return Err(RestoreError::AnotherWriter {
                    app: work.app(),
                    what: format!("the record {} is not of this restore", read.id),
                });
            }
            ids.push(read.id);
        }
    }
    match ids.len() {
        0 => Ok(None),
        count if count == added.len() => Ok(Some(ids)),
        count => Err(RestoreError::AnotherWriter {
            app: work.app(),
            what: format!(
                "{count} records are there above number {highest}, but {} were sent together",
                added.len()
            ),
        }),
    }
}

async fn wait(work: &Work<'_>, time: SignedDuration) {
    if let Ok(time) = time.try_into()
        && time > std::time::Duration::ZERO
    {
        work.function.sleep.of(time).await;
    }
}

/// A bulk whose intent is in the journal.
struct Sending<'a> {
    work: &'a Work<'a>,
    bulk: &'a Bulk,
    entry: Entry,
    version: Version,
}

impl<'a> Sending<'a> {
    async fn begin(
        work: &'a Work<'a>,
        bulk: &'a Bulk,
        position: &mut Position,
    ) -> Result<Self, RestoreError> {
        let now = work.function.clock.now();
        let entry = bulk.intent(position.bulk, position.highest, now);
        let version = work.journal.write(&entry, position.seen.take()).await?;
        Ok(Self {
            work,
            bulk,
            entry,
            version,
        })
    }

    /// Sends the bulk and notes the answer; gives the position after it.
    async fn deliver(&mut self) -> Result<Position, RestoreError> {
        let ids = self.send().await?;
        self.entry.ids = Some(ids);
        let (journal, version) = (&self.work.journal, self.version.clone());
        journal.write(&self.entry, Some(version)).await?;
        let highest = self.highest().await?;
        Ok(Position {
            bulk: self.entry.bulk + 1,
            place: self.entry.next,
            highest,
            seen: None,
        })
    }

    async fn send(&mut self) -> Result<Vec<u64>, RestoreError> {
        if self.bulk.len() == 0 {
            return Ok(Vec::new());
        }
        let writes = self.bulk.writes(self.work.app());
        for _ in 0..ATTEMPTS {
            match self.work.client.bulk(&writes).await {
                Ok(answers) => return Ok(ids(answers)),
                Err(BulkError::Unknown { source }) => {
                    tracing::warn!(run = self.work.run, error = %source, "the answer to a bulk is lost; looking for its records");
                }
                Err(source) => {
                    return Err(RestoreError::Bulk {
                        first: self.entry.first + 1,
                        last: self.entry.next,
                        at_fault: self.bulk.at_fault(&source),
                        source,
                    });
                }
            }
            wait(self.work, self.work.function.config.settle).await;
            if let Some(ids) = self.found().await? {
                return Ok(ids);
            }
            // Whoever finds this intent waits from now on.
            self.entry.at = self.work.function.clock.now();
            let (journal, version) = (&self.work.journal, self.version.clone());
            self.version = journal.write(&self.entry, Some(version)).await?;
        }
        Err(RestoreError::Lost {
            first: self.entry.first + 1,
            last: self.entry.next,
            attempts: ATTEMPTS,
        })
    }

    /// The ids of the bulk, if it was written all the same.
    async fn found(&self) -> Result<Option<Vec<u64>>, RestoreError> {
        if self.bulk.added.is_empty() {
            return Ok(None);
        }
        let new = look(self.work, self.entry.highest, &self.bulk.added).await?;
        Ok(new.map(|new| {
            let changed = self.bulk.changed.iter().map(|saved| saved.old);
            new.into_iter().chain(changed).collect()
        }))
    }

    /// The highest id now; also sees whether the new ids follow those before.
    async fn highest(&self) -> Result<u64, RestoreError> {
        let before = self.entry.highest;
        let ids = self.entry.ids.as_deref().unwrap_or_default();
        let new = &ids[..self.bulk.added.len().min(ids.len())];
        let Some(last) = new.iter().max().copied() else {
            return Ok(ids.iter().copied().max().unwrap_or(0).max(before));
        };
        let count = new.len() as u64;
        if last == before + count {
            return Ok(last);
        }
        // A refused write uses up numbers, too: a gap alone proves nothing.
        let between = format!("$id > {before} and $id <= {last}");
        let there = self.work.client.bounds(self.work.app(), Some(&between));
        let there = there.await?.count;
        if there == count {
            return Ok(last);
        }
        Err(RestoreError::AnotherWriter {
            app: self.work.app(),
            what: format!(
                "{there} records are between number {before} and {last}, of which this restore wrote {count}"
            ),
        })
    }
}

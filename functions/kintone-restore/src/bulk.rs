//! The source cut into bulks: what is added, what is changed, what stays.

mod blame;

use std::sync::Arc;

use kintone_client::limits::WRITE_RECORDS;
use kintone_client::{Change, RecordBody, Target, Write, Written};
use kintone_format::Aside;

use crate::error::RestoreError;
use crate::find::{Found, find};
use crate::journal::{Entry, Sent};
use crate::request::Mode;
use crate::room::{Room, most_records};
use crate::source::{Reading, Saved};
use crate::upload::{FileKeys, upload};
use crate::work::Work;

/// Records that one bulk looks at, at most, where most are left alone.
const MOST_LOOKED_AT: u64 = 20_000;
/// Records that are looked up in the app at once.
const LOOKED_UP: usize = 500;

/// What is written at once. The saved records themselves are gone: they can be read again.
#[derive(Debug, Default)]
pub(crate) struct Bulk {
    /// The place of the first record that was looked at.
    pub(crate) first: u64,
    /// The place after the last one.
    pub(crate) next: u64,
    /// What is sent, all that is added first; and what people call it.
    sent: Vec<(Sent, String)>,
    /// Old and new ids of records that are equal already.
    unchanged: Vec<(u64, u64)>,
    inserts: Vec<RecordBody>,
    changes: Vec<Change>,
    is_upsert: bool,
    files: u64,
}

/// Saved records that are sorted out.
#[derive(Default)]
struct Sorted {
    added: Vec<Saved>,
    /// Each with the id of the record in the app, where it is known.
    changed: Vec<(Saved, Option<u64>)>,
    unchanged: Vec<(u64, u64)>,
}

/// Cuts a pass through the source into bulks.
pub(crate) struct Cutter<'a> {
    work: &'a Work<'a>,
    reading: Reading,
}

impl<'a> Cutter<'a> {
    /// Begins at `place`.
    ///
    /// # Errors
    /// The source can't be read.
    pub(crate) async fn at(work: &'a Work<'a>, place: u64) -> Result<Self, RestoreError> {
        let mut reading = work.source.read().await?;
        reading.skip_to(place).await?;
        Ok(Self { work, reading })
    }

    /// The next bulk, its files uploaded, and the cutter for what follows; nothing at the end.
    ///
    /// # Errors
    /// The source can't be read, the app not asked, a file not uploaded.
    pub(crate) async fn next(mut self) -> Result<Option<(Bulk, Self)>, RestoreError> {
        let bulk = self.next_up_to(u64::MAX).await?;
        Ok(bulk.map(|bulk| (bulk, self)))
    }

    /// The next bulk, its files uploaded, with no record at `end` or after it; nothing at the end.
    ///
    /// # Errors
    /// Those of [`Cutter::next`].
    pub(crate) async fn next_up_to(&mut self, end: u64) -> Result<Option<Bulk>, RestoreError> {
        let first = self.reading.place();
        let mut sorted = Sorted::default();
        let mut room = Room::default();
        let most_records = most_records(self.work.mode(), self.work.bulks_at_once());
        loop {
            let most = most_records - sorted.added.len() - sorted.changed.len();
            let left = end - self.reading.place();
            let most = most.min(usize::try_from(left).unwrap_or(usize::MAX));
            let chunk = self.chunk(most.min(LOOKED_UP), &mut room).await?;
            if chunk.is_empty() {
                break;
            }
            sort_out(self.work, chunk, &mut sorted).await?;
            let looked_at = self.reading.place() - first;
            if room.is_full() || looked_at >= MOST_LOOKED_AT {
                break;
            }
        }
        let next = self.reading.place();
        if next == first {
            return Ok(None);
        }
        let mut bulk = Bulk {
            first,
            next,
            is_upsert: self.work.restore.key.is_some(),
            unchanged: sorted.unchanged,
            ..Bulk::default()
        };
        bulk.add(self.work, sorted.added).await?;
        bulk.change(self.work, sorted.changed).await?;
        Ok(Some(bulk))
    }

    async fn chunk(&mut self, most: usize, room: &mut Room) -> Result<Vec<Saved>, RestoreError> {
        let mut chunk = Vec::new();
        while chunk.len() < most && !room.is_full() {
            let Some(saved) = self.reading.next().await? else {
                break;
            };
            room.take(&saved);
            chunk.push(saved);
        }
        Ok(chunk)
    }
}

/// Sorts records into those to add, those to change, and those that are equal already.
async fn sort_out(
    work: &Work<'_>,
    chunk: Vec<Saved>,
    sorted: &mut Sorted,
) -> Result<(), RestoreError> {
    let needs_look = match work.mode() {
        Mode::Insert => {
            sorted.added.extend(chunk);
            return Ok(());
        }
        Mode::Upsert => work.restore.key.is_none(),
        Mode::ReplaceChanged => true,
    };
    let found = if needs_look {
        find(work, &chunk).await?
    } else {
        vec![None; chunk.len()]
    };
    for (saved, found) in chunk.into_iter().zip(found) {
        match found {
            Some(Found { id, is_same: true }) if work.mode() == Mode::ReplaceChanged => {
                sorted.unchanged.push((saved.old, id));
            }
            None if work.restore.key.is_none() => sorted.added.push(saved),
            found => sorted.changed.push((saved, found.map(|found| found.id))),
        }
    }
    Ok(())
}

impl Bulk {
    async fn add(&mut self, work: &Work<'_>, records: Vec<Saved>) -> Result<(), RestoreError> {
        let keys = upload(work, &records).await?;
        for made in made(work, records, keys).await? {
            self.files += made.files;
            self.inserts.push(made.body);
            self.sent.push(made.sent);
        }
        Ok(())
    }

    async fn change(
        &mut self,
        work: &Work<'_>,
        records: Vec<(Saved, Option<u64>)>,
    ) -> Result<(), RestoreError> {
        let mut targets = Vec::with_capacity(records.len());
        for (saved, id) in &records {
            let id = id.unwrap_or(saved.old);
            targets.push((target(work, saved, id)?, id));
        }
        let records: Vec<Saved> = records.into_iter().map(|(saved, _)| saved).collect();
        let keys = upload(work, &records).await?;
        let made = made(work, records, keys).await?;
        for (made, (target, id)) in made.into_iter().zip(targets) {
            self.files += made.files;
            self.changes.push(Change {
                target,
                revision: None,
                record: made.body,
            });
            let (mut sent, name) = made.sent;
            sent.added = false;
            sent.now = (id != sent.old).then_some(id);
            self.sent.push((sent, name));
        }
        Ok(())
    }

    /// Whether nothing is written.
    pub(crate) fn is_empty(&self) -> bool {
        self.sent.is_empty()
    }

    /// The requests of the bulk, for `app`.
    pub(crate) fn writes(&self, app: u64) -> Vec<Write<'_>> {
        let inserts = self.inserts.chunks(WRITE_RECORDS);
        let inserts = inserts.map(|records| Write::Insert { app, records });
        let changes = self.changes.chunks(WRITE_RECORDS);
        let changes = changes.map(|records| Write::Update {
            app,
            records,
            upsert: self.is_upsert,
        });
        inserts.chain(changes).collect()
    }

    /// The journal's entry for the bulk, before it is sent.
    pub(crate) fn intent(&self, number: u64, highest: u64, at: jiff::Timestamp) -> Entry {
        Entry {
            bulk: number,
            window: number,
            at,
            first: self.first,
            next: self.next,
            highest,
            sent: self.sent.iter().map(|(sent, _)| sent.clone()).collect(),
            unchanged: self.unchanged.clone(),
            files: self.files,
            ids: None,
        }
    }
}

/// A saved record, ready to be sent.
struct Made {
    body: RecordBody,
    /// As an added one.
    sent: (Sent, String),
    files: u64,
}

/// What is sent for `records`, whose files were uploaded under `keys`.
async fn made(
    work: &Work<'_>,
    records: Vec<Saved>,
    keys: Vec<FileKeys>,
) -> Result<Vec<Made>, RestoreError> {
    let conversion = Arc::clone(&work.conversion);
    let make = move |(saved, keys): (Saved, FileKeys)| {
        let body = conversion.body(&saved, &keys)?;
        let sent = Sent {
            place: saved.place,
            old: saved.old,
            added: true,
            now: None,
            digest: saved.digest(),
        };
        Ok(Made {
            body,
            sent: (sent, saved.name),
            files: keys.len() as u64,
        })
    };
    let making = Aside::begin(|| records.into_iter().zip(keys).map(make).collect());
    making.end().await
}

/// Which record of the app a saved one changes; `id` is its number, where it is told by that.
fn target(work: &Work<'_>, saved: &Saved, id: u64) -> Result<Target, RestoreError> {
    let Some(field) = &work.restore.key else {
        return Ok(Target::Id(id));
    };
    let value = crate::find::key_of(&*saved.record()?, field);
    Ok(Target::Key {
        field: field.clone(),
        value: value.unwrap_or_default(),
    })
}

/// The ids in the answers to a bulk, in the order in which the records were sent.
pub(crate) fn ids(answers: Vec<Written>) -> Vec<u64> {
    let mut ids = Vec::new();
    for answer in answers {
        match answer {
            Written::Inserted { ids: new, .. } => ids.extend(new),
            Written::Updated(records) => ids.extend(records.iter().map(|record| record.id)),
            Written::Deleted => {}
        }
    }
    ids
}

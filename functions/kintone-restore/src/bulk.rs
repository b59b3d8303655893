//! The source cut into bulks: what is added, what is changed, what stays.

mod blame;

use cloud_store::Version;
use kintone_client::limits::WRITE_RECORDS;
use kintone_client::{Change, RecordBody, Target, Write, Written};

use crate::error::RestoreError;
use crate::find::{Found, find};
use crate::journal::{Entry, Sent};
use crate::request::Mode;
use crate::room::{Room, most_records};
use crate::source::{Reading, Saved};
use crate::upload::upload;
use crate::window::Numbered;
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

    /// The next bulks that are written at the same time, the first of them with this number; none at the end.
    /// `seen` is the version of an intent of the first one that came to nothing.
    ///
    /// # Errors
    /// The source can't be read, the app not asked, a file not uploaded.
    pub(crate) async fn window(
        &mut self,
        number: u64,
        mut seen: Option<Version>,
    ) -> Result<Vec<Numbered>, RestoreError> {
        let mut window = Vec::new();
        while window.len() < self.work.bulks_at_once() {
            let Some(bulk) = self.next_up_to(u64::MAX).await? else {
                break;
            };
            window.push(Numbered {
                number: number + window.len() as u64,
                bulk,
                seen: seen.take(),
            });
        }
        Ok(window)
    }

    /// The next bulk, its files uploaded, with no record at `end` or after it; nothing at the end.
    ///
    /// # Errors
    /// Those of [`Cutter::window`].
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
        for (saved, keys) in records.into_iter().zip(&keys) {
            self.files += keys.len() as u64;
            self.inserts.push(work.body(&saved, keys)?);
            self.note(saved, None);
        }
        Ok(())
    }

    async fn change(
        &mut self,
        work: &Work<'_>,
        records: Vec<(Saved, Option<u64>)>,
    ) -> Result<(), RestoreError> {
        let (records, ids): (Vec<Saved>, Vec<Option<u64>>) = records.into_iter().unzip();
        let keys = upload(work, &records).await?;
        for ((saved, id), keys) in records.into_iter().zip(ids).zip(&keys) {
            self.files += keys.len() as u64;
            let id = id.unwrap_or(saved.old);
            self.changes.push(Change {
                target: target(work, &saved, id)?,
                revision: None,
                record: work.body(&saved, keys)?,
            });
            self.note(saved, Some(id));
        }
        Ok(())
    }

    /// Notes what is sent, and the id of the record that it changes.
    fn note(&mut self, saved: Saved, changes: Option<u64>) {
        let sent = Sent {
            place: saved.place,
            old: saved.old,
            added: changes.is_none(),
            now: changes.filter(|now| *now != saved.old),
            digest: saved.digest(),
        };
        self.sent.push((sent, saved.name));
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

/// Which record of the app a saved one changes; `id` is its number, where it is told by that.
fn target(work: &Work<'_>, saved: &Saved, id: u64) -> Result<Target, RestoreError> {
    let Some(field) = &work.restore.key else {
        return Ok(Target::Id(id));
    };
    let value = crate::find::key_of(&saved.record()?, field);
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

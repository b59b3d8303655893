//! The source cut into bulks: what is added, what is changed, what stays.

use kintone_client::limits::{BULK_REQUESTS, WRITE_RECORDS};
use kintone_client::{BulkError, Change, RecordBody, Target, Write, Written};

use crate::error::RestoreError;
use crate::find::{Found, find};
use crate::journal::{Entry, Sent};
use crate::request::Mode;
use crate::source::{Reading, Saved};
use crate::upload::upload;
use crate::work::Work;

/// Bytes of saved records in a bulk, about; a larger record gets a bulk of its own.
const MOST_BYTES: usize = 8 * 1024 * 1024;
/// Records that one bulk looks at, at most, where most are left alone.
const MOST_LOOKED_AT: u64 = 20_000;
/// Records that are looked up in the app at once.
const LOOKED_UP: usize = 500;

/// What is written at once.
#[derive(Debug, Default)]
pub(crate) struct Bulk {
    /// The place of the first record that was looked at.
    pub(crate) first: u64,
    /// The place after the last one.
    pub(crate) next: u64,
    pub(crate) added: Vec<Saved>,
    pub(crate) changed: Vec<Saved>,
    /// Old and new ids of records that are equal already.
    pub(crate) unchanged: Vec<(u64, u64)>,
    inserts: Vec<RecordBody>,
    changes: Vec<Change>,
    is_upsert: bool,
    pub(crate) files: u64,
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

    /// The next bulk, its files uploaded; nothing at the end.
    ///
    /// # Errors
    /// The source can't be read, the app not asked, a file not uploaded.
    pub(crate) async fn next(&mut self) -> Result<Option<Bulk>, RestoreError> {
        self.next_up_to(u64::MAX).await
    }

    /// The same, with no record at `end` or after it.
    pub(crate) async fn next_up_to(&mut self, end: u64) -> Result<Option<Bulk>, RestoreError> {
        let mut bulk = Bulk {
            first: self.reading.place(),
            is_upsert: self.work.restore.key.is_some(),
            ..Bulk::default()
        };
        let mut room_bytes = MOST_BYTES;
        loop {
            let room = self.most_records() - bulk.added.len() - bulk.changed.len();
            let left = end - self.reading.place();
            let most = room.min(usize::try_from(left).unwrap_or(usize::MAX));
            let chunk = self.chunk(most.min(LOOKED_UP), &mut room_bytes).await?;
            if chunk.is_empty() {
                break;
            }
            sort_out(self.work, chunk, &mut bulk).await?;
            let looked_at = self.reading.place() - bulk.first;
            if room_bytes == 0 || looked_at >= MOST_LOOKED_AT {
                break;
            }
        }
        bulk.next = self.reading.place();
        if bulk.next == bulk.first {
            return Ok(None);
        }
        bulk.write_bodies(self.work).await?;
        Ok(Some(bulk))
    }

    /// Added and changed records go in requests of their own, so that one of each kind may be half full.
    fn most_records(&self) -> usize {
        match self.work.mode() {
            Mode::Insert => BULK_REQUESTS * WRITE_RECORDS,
            Mode::Upsert | Mode::ReplaceChanged => (BULK_REQUESTS - 1) * WRITE_RECORDS,
        }
    }

    async fn chunk(
        &mut self,
        most: usize,
        room_bytes: &mut usize,
    ) -> Result<Vec<Saved>, RestoreError> {
        let mut chunk = Vec::new();
        while chunk.len() < most && *room_bytes > 0 {
            let Some(saved) = self.reading.next().await? else {
                break;
            };
            *room_bytes = room_bytes.saturating_sub(saved.size_bytes());
            chunk.push(saved);
        }
        Ok(chunk)
    }
}

/// Sorts records into those to add, those to change, and those that are equal already.
async fn sort_out(work: &Work<'_>, chunk: Vec<Saved>, bulk: &mut Bulk) -> Result<(), RestoreError> {
    let needs_look = match work.mode() {
        Mode::Insert => {
            bulk.added.extend(chunk);
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
                bulk.unchanged.push((saved.old, id));
            }
            None if work.restore.key.is_none() => bulk.added.push(saved),
            _ => bulk.changed.push(saved),
        }
    }
    Ok(())
}

impl Bulk {
    async fn write_bodies(&mut self, work: &Work<'_>) -> Result<(), RestoreError> {
        let keys = upload(work, &self.added).await?;
        for (saved, keys) in self.added.iter().zip(&keys) {
            self.files += keys.len() as u64;
            self.inserts.push(work.body(saved, keys)?);
        }
        let keys = upload(work, &self.changed).await?;
        for (saved, keys) in self.changed.iter().zip(&keys) {
            self.files += keys.len() as u64;
            self.changes.push(Change {
                target: target(work, saved)?,
                revision: None,
                record: work.body(saved, keys)?,
            });
        }
        Ok(())
    }

    /// How many records are written.
    pub(crate) fn len(&self) -> usize {
        self.added.len() + self.changed.len()
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

    /// The names of the records that Kintone refused.
    pub(crate) fn at_fault(&self, error: &BulkError) -> Vec<String> {
        let BulkError::NotDone { faults, .. } = error else {
            return Vec::new();
        };
        let requests = self.added.chunks(WRITE_RECORDS);
        let requests: Vec<_> = requests.chain(self.changed.chunks(WRITE_RECORDS)).collect();
        let saved = faults.iter().filter_map(|fault| {
            let request = requests.get(fault.request)?;
            request.get(fault.record?)
        });
        let mut names: Vec<_> = saved.map(|saved| saved.name.clone()).collect();
        names.dedup();
        names
    }

    /// The journal's entry for the bulk, before it is sent.
    pub(crate) fn intent(&self, number: u64, highest: u64, at: jiff::Timestamp) -> Entry {
        let sent = |saved: &Saved, added| Sent {
            place: saved.place,
            old: saved.old,
            added,
            digest: saved.digest(),
        };
        let added = self.added.iter().map(|saved| sent(saved, true));
        let changed = self.changed.iter().map(|saved| sent(saved, false));
        Entry {
            bulk: number,
            at,
            first: self.first,
            next: self.next,
            highest,
            sent: added.chain(changed).collect(),
            unchanged: self.unchanged.clone(),
            files: self.files,
            ids: None,
        }
    }
}

/// Which record of the app a saved one changes.
fn target(work: &Work<'_>, saved: &Saved) -> Result<Target, RestoreError> {
    let Some(field) = &work.restore.key else {
        return Ok(Target::Id(saved.old));
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

//! The source cut into bulks: what is added, what is changed, what stays.

mod blame;
mod making;

use kintone_client::{BulkRequest, Change, RecordBody, Written};

use self::making::{made, request, target};
use crate::edits::Expected;
use crate::error::RestoreError;
use crate::find::{Found, Look, find};
use crate::journal::{Entry, Sent};
use crate::request::Mode;
use crate::room::{Room, most_records};
use crate::source::{Reading, Saved};
use crate::upload::upload;
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
    /// What is sent, all that is added first, until the journal has it.
    sent: Vec<Sent>,
    /// What people call it, and how much of it is added.
    names: Vec<String>,
    added: usize,
    /// Old and new ids of records that are equal already.
    unchanged: Vec<(u64, u64)>,
    /// What is sent, where anything is.
    request: Option<BulkRequest>,
    files: u64,
}

/// Saved records that are sorted out.
#[derive(Default)]
struct Sorted {
    added: Vec<Saved>,
    /// Each with the record of the app that it is written over, where there is one.
    changed: Vec<(Saved, Option<Found>)>,
    unchanged: Vec<(u64, u64)>,
}

/// Cuts a pass through the source into bulks.
pub(crate) struct Cutter<'a> {
    work: &'a Work<'a>,
    reading: Reading,
    expected: Expected,
}

impl<'a> Cutter<'a> {
    /// Begins at `place`.
    ///
    /// # Errors
    /// The source can't be read.
    pub(crate) async fn at(work: &'a Work<'a>, place: u64) -> Result<Self, RestoreError> {
        let mut reading = work.source.read().await?;
        reading.skip_to(place).await?;
        Ok(Self {
            work,
            reading,
            expected: Expected::default(),
        })
    }

    /// Lets no record be written over that has another revision than is expected.
    pub(crate) fn expecting(mut self, expected: Expected) -> Self {
        self.expected = expected;
        self
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
            sort_out(self.work, chunk, &self.expected, &mut sorted).await?;
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
            unchanged: sorted.unchanged,
            ..Bulk::default()
        };
        let inserts = bulk.add(self.work, sorted.added).await?;
        let changes = bulk.change(self.work, sorted.changed).await?;
        bulk.request = request(self.work, &inserts, &changes)?;
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
    expected: &Expected,
    sorted: &mut Sorted,
) -> Result<(), RestoreError> {
    if work.mode() == Mode::Insert {
        sorted.added.extend(chunk);
        return Ok(());
    }
    let found = find(work, &chunk, Look::of(work.mode())).await?;
    expected.check(work, &chunk, &found)?;
    for (saved, found) in chunk.into_iter().zip(found) {
        match found {
            Some(found) if found.is_same => sorted.unchanged.push((saved.old, found.id)),
            None if work.restore.key.is_none() => sorted.added.push(saved),
            found => sorted.changed.push((saved, found)),
        }
    }
    Ok(())
}

impl Bulk {
    async fn add(
        &mut self,
        work: &Work<'_>,
        records: Vec<Saved>,
    ) -> Result<Vec<RecordBody>, RestoreError> {
        let keys = upload(work, &records).await?;
        let mut inserts = Vec::with_capacity(records.len());
        for made in made(work, records, keys).await? {
            self.files += made.files;
            inserts.push(made.body);
            self.sent.push(made.sent);
            self.names.push(made.name);
        }
        self.added = inserts.len();
        Ok(inserts)
    }

    async fn change(
        &mut self,
        work: &Work<'_>,
        records: Vec<(Saved, Option<Found>)>,
    ) -> Result<Vec<Change>, RestoreError> {
        let mut targets = Vec::with_capacity(records.len());
        for (saved, found) in &records {
            let id = found.map_or(saved.old, |found| found.id);
            let revision = found.map(|found| found.revision);
            targets.push((target(work, saved, id)?, id, revision));
        }
        let records: Vec<Saved> = records.into_iter().map(|(saved, _)| saved).collect();
        let keys = upload(work, &records).await?;
        let made = made(work, records, keys).await?;
        let mut changes = Vec::with_capacity(made.len());
        for (made, (target, id, revision)) in made.into_iter().zip(targets) {
            self.files += made.files;
            changes.push(Change {
                target,
                // Kintone refuses the bulk where somebody has edited the record since it was looked up.
                revision,
                record: made.body,
            });
            let mut sent = made.sent;
            sent.added = false;
            sent.now = (id != sent.old).then_some(id);
            sent.revision = revision;
            self.sent.push(sent);
            self.names.push(made.name);
        }
        Ok(changes)
    }

    /// What is sent; nothing where all records are equal already.
    pub(crate) fn request(&self) -> Option<&BulkRequest> {
        self.request.as_ref()
    }

    /// The journal's entry for the bulk, before it is sent. From then on it is the journal that knows what was sent.
    pub(crate) fn intent(&mut self, number: u64, highest: u64, at: jiff::Timestamp) -> Entry {
        Entry {
            bulk: number,
            window: number,
            at,
            first: self.first,
            next: self.next,
            highest,
            sent: std::mem::take(&mut self.sent),
            unchanged: std::mem::take(&mut self.unchanged),
            files: self.files,
            ids: None,
        }
    }
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

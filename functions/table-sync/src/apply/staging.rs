//! The ticked rows of a plan, brought from the source to the place beside their tables. While some are put there, the next ones are
//! on their way.

use std::collections::BTreeSet;

use futures_util::future::join;
use table_diff::plan::PlanRow;
use table_diff::{Action, Change, Class, Reader, Reading, Seen, ShownCell, StaleRow};

use super::work::Work;
use crate::error::SyncError;

/// How many rows of a table are brought together at first: nobody knows yet how large they are.
const FIRST: usize = 1;

/// The most that a reader is asked for at once.
const KEYS_MAX: usize = 1000;

/// How many bytes of rows are brought together, more or less.
const BYTES_WANTED: usize = 1024 * 1024;

/// Brings the rows of one table after another.
pub(super) struct Staging<'a> {
    /// What people call the source.
    pub(super) source_name: &'a str,
    pub(super) reader: &'a mut dyn Reader,
    waiting: Vec<Ticked>,
    /// How much text the waiting rows hold, as far as the plan tells.
    waiting_bytes: usize,
    /// How many of the waiting rows are fetched from the source.
    waiting_written: usize,
    /// How many of those are brought together.
    most: usize,
    /// What was fetched last, not put in its place yet.
    fetched: Fetched,
}

/// A ticked row, without the cells that were there to be looked at.
pub(super) struct Ticked {
    pub(super) key: Vec<String>,
    class: Class,
    /// What was seen of the source's row.
    pub(super) source: Option<Seen>,
    /// What was seen of the target's row.
    pub(super) target: Option<Seen>,
    /// The numbers of the columns that differ, where both sides have the row.
    changed: Vec<usize>,
    /// How much text its cells hold, as far as the plan tells.
    bytes: usize,
}

impl From<PlanRow> for Ticked {
    fn from(row: PlanRow) -> Self {
        Self {
            bytes: size(&row),
            key: row.key,
            class: row.class,
            source: row.source.map(|side| side.seen),
            target: row.target.map(|side| side.seen),
            changed: row.changed.iter().map(|cell| cell.column).collect(),
        }
    }
}

/// Changes with their values, and the columns that updates among them change.
#[derive(Default)]
struct Fetched {
    changes: Vec<Change>,
    columns: BTreeSet<String>,
}

impl<'a> Staging<'a> {
    pub(super) fn new(source_name: &'a str, reader: &'a mut dyn Reader) -> Self {
        Self {
            source_name,
            reader,
            waiting: Vec::new(),
            waiting_bytes: 0,
            waiting_written: 0,
            most: FIRST,
            fetched: Fetched::default(),
        }
    }

    /// Brings `row`, now or together with others.
    pub(super) async fn add(&mut self, work: &mut Work, row: Ticked) -> Result<(), SyncError> {
        self.waiting_bytes += row.bytes;
        self.waiting_written += usize::from(row.class != Class::Delete);
        self.waiting.push(row);
        let is_enough = self.waiting_written >= self.most || self.waiting.len() >= KEYS_MAX;
        if is_enough || self.waiting_bytes >= BYTES_WANTED {
            self.flush(work).await?;
        }
        Ok(())
    }

    /// Brings what waits; what comes next is of another table.
    pub(super) async fn end_table(&mut self, work: &mut Work) -> Result<(), SyncError> {
        self.flush(work).await?;
        // What was fetched by that is still to be put in its place.
        self.flush(work).await?;
        self.most = FIRST;
        Ok(())
    }

    /// Fetches what waits while what was fetched before is put in its place.
    async fn flush(&mut self, work: &mut Work) -> Result<(), SyncError> {
        let Some(reading) = work.parts().last().map(|part| part.reading.clone()) else {
            return Ok(());
        };
        let rows = std::mem::take(&mut self.waiting);
        self.waiting_bytes = 0;
        self.waiting_written = 0;
        let Fetched { changes, columns } = std::mem::take(&mut self.fetched);
        let (staged, fetched) =
            join(work.stage(&changes, columns), self.fetch(&reading, &rows)).await;
        staged?;
        self.fetched = fetched?;
        Ok(())
    }

    async fn fetch(&mut self, reading: &Reading, rows: &[Ticked]) -> Result<Fetched, SyncError> {
        let written: Vec<&Ticked> = rows
            .iter()
            .filter(|row| row.class != Class::Delete)
            .collect();
        let keys: Vec<Vec<String>> = written.iter().map(|row| row.key.clone()).collect();
        let whole = if keys.is_empty() {
            Vec::new()
        } else {
            self.reader.whole(reading, &keys).await?
        };
        self.refuse_changed(reading, &written, &whole)?;
        self.most = next_count(&whole, self.most);
        let mut whole = whole.into_iter();
        let changes = rows.iter().map(|row| {
            let values = (row.class != Class::Delete).then(|| whole.next());
            change(row, values.flatten())
        });
        let columns = rows.iter().flat_map(|row| &row.changed);
        let columns = columns.filter_map(|column| reading.columns.get(*column));
        Ok(Fetched {
            changes: changes.collect(),
            columns: columns.map(|(column, _)| column.clone()).collect(),
        })
    }

    /// What is brought must be what was seen: the source may have changed, too.
    fn refuse_changed(
        &self,
        reading: &Reading,
        rows: &[&Ticked],
        whole: &[Change],
    ) -> Result<(), SyncError> {
        let mut found = whole.iter().peekable();
        let is_whole = rows.len() == whole.len();
        let stale: Vec<StaleRow> = rows
            .iter()
            .filter_map(|row| {
                // Where some are missing, keys tell which; the server's text of a key may be another than the plan's.
                let found = found.next_if(|change| is_whole || change.key == row.key);
                let now = found.and_then(|change| change.wanted);
                (now != row.source).then(|| StaleRow {
                    key: row.key.clone(),
                    seen: row.source,
                    now,
                })
            })
            .collect();
        if stale.is_empty() {
            return Ok(());
        }
        Err(SyncError::Stale {
            name: self.source_name.to_owned(),
            table: reading.table.clone(),
            count: stale.len() as u64,
            rows: stale,
        })
    }
}

fn change(row: &Ticked, whole: Option<Change>) -> Change {
    let action = match row.class {
        Class::Insert => Action::Insert,
        Class::Delete => Action::Delete,
        Class::UpdateNew | Class::UpdateOld | Class::ChangedSameTime | Class::TimeUnknown => {
            Action::Update
        }
    };
    let (wanted, values) = whole.map_or((None, None), |change| (change.wanted, change.values));
    Change {
        action,
        key: row.key.clone(),
        seen: row.target,
        wanted,
        values,
    }
}

fn size(row: &PlanRow) -> usize {
    let changed = row.changed.iter();
    let cells = changed.flat_map(|cell| [&cell.source, &cell.target]);
    cells.chain(&row.values).map(cell_size).sum()
}

fn cell_size(cell: &ShownCell) -> usize {
    match cell {
        ShownCell::Null => 0,
        ShownCell::Whole(text) => text.len(),
        ShownCell::Cut { characters, .. } => {
            usize::try_from(*characters).unwrap_or(usize::MAX / 64)
        }
    }
}

/// How many rows to bring next, by what was fetched: large ones must not fill the memory.
fn next_count(whole: &[Change], most: usize) -> usize {
    if whole.is_empty() {
        return most;
    }
    let values = whole
        .iter()
        .flat_map(|change| change.values.iter().flatten());
    let bytes: usize = values.flatten().map(String::len).sum();
    let of_a_row = (bytes / whole.len()).max(1);
    (BYTES_WANTED / of_a_row).clamp(1, (most * 4).min(KEYS_MAX))
}

//! Rows that differ, fetched from both sides for people to see.

use futures_util::future::try_join;
use table_diff::plan::PlanRow;
use table_diff::{Class, DatabaseError, DifferenceBatch, ShownCell, ShownRow};

use super::lost::Lost;
use super::sessions::Pair;
use super::table::Compared;
use crate::error::SyncError;

/// The most keys that a reader is asked for at once.
const KEYS_MAX: usize = 1000;

/// How many bytes of memory the cells take that are fetched together, more or less.
const BYTES_WANTED: usize = 512 * 1024;

/// Some rows that differ.
#[derive(Debug, Default)]
pub(super) struct Fetched {
    pub(super) rows: Vec<PlanRow>,
    /// What those take along that are to be deleted.
    pub(super) lost: Lost,
    /// How much memory the cells take.
    pub(super) bytes: usize,
}

impl Fetched {
    /// How many rows to fetch next, where `most` were fetched now, so that large rows do not fill the memory.
    pub(super) fn next_count(&self, most: usize) -> usize {
        if self.rows.is_empty() {
            return most;
        }
        let of_a_row = (self.bytes / self.rows.len()).max(1);
        (BYTES_WANTED / of_a_row).clamp(10, KEYS_MAX)
    }
}

/// Fetches the rows of `batch`.
pub(super) async fn fetch(
    pair: &mut Pair,
    table: &Compared,
    batch: &DifferenceBatch,
) -> Result<Fetched, SyncError> {
    if batch.is_empty() {
        return Ok(Fetched::default());
    }
    let keys = |is_wanted: fn(Class) -> bool| -> Vec<Vec<u8>> {
        let wanted = batch.iter().filter(|it| is_wanted(it.class));
        wanted.map(|it| it.key.to_vec()).collect()
    };
    let of_source = keys(|class| class != Class::Delete);
    let of_target = keys(|class| class != Class::Insert);
    let deleted = keys(|class| class == Class::Delete);
    let (source, (target, lost)) = try_join(
        shown(&mut pair.source, table, &of_source),
        shown_and_lost(&mut pair.target, table, &of_target, deleted),
    )
    .await?;
    let bytes = source.iter().chain(&target).map(size).sum();
    Ok(Fetched {
        rows: rows(table, batch, source, target)?,
        lost,
        bytes,
    })
}

type Reader = Box<dyn table_diff::Reader>;

async fn shown(
    reader: &mut Reader,
    table: &Compared,
    keys: &[Vec<u8>],
) -> Result<Vec<ShownRow>, DatabaseError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    reader.shown(&table.reading, keys).await
}

async fn shown_and_lost(
    reader: &mut Reader,
    table: &Compared,
    keys: &[Vec<u8>],
    deleted: Vec<Vec<u8>>,
) -> Result<(Vec<ShownRow>, Lost), DatabaseError> {
    let shown = shown(reader, table, keys).await?;
    let lost = Lost::of(&mut **reader, table, deleted).await?;
    Ok((shown, lost))
}

/// Both sides' rows beside the differences that they are of; all three are in the order of the keys. A row that a side does not show any more is an
/// error of its plan row.
fn rows(
    table: &Compared,
    batch: &DifferenceBatch,
    source: Vec<ShownRow>,
    target: Vec<ShownRow>,
) -> Result<Vec<PlanRow>, SyncError> {
    let (mut source, mut target) = (source.into_iter(), target.into_iter());
    let mut rows = Vec::with_capacity(batch.len());
    for found in batch.iter() {
        let class = found.class;
        let ours = if class == Class::Delete {
            None
        } else {
            source.next()
        };
        let theirs = if class == Class::Insert {
            None
        } else {
            target.next()
        };
        rows.push(PlanRow::new(
            &table.reading,
            class,
            found.key,
            ours,
            theirs,
        )?);
    }
    Ok(rows)
}

fn size(row: &ShownRow) -> usize {
    let size = |cell: &ShownCell| match cell {
        ShownCell::Null => 0,
        ShownCell::Whole(text) => text.len(),
        ShownCell::Cut { beginning, .. } => beginning.len(),
    };
    size_of_val(row.cells.as_slice()) + row.cells.iter().map(size).sum::<usize>()
}

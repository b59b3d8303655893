//! What hangs below rows that are about to be deleted: foreign keys with `CASCADE` or `SET NULL` take it along.
//!
//! It is counted once the rows are locked: whoever wants to point at a locked row waits, so that nothing can be added any more. The look is one of
//! its own, by the role that reads, and sees all that was committed before the locks were had.

use table_diff::plan::PlanError;
use table_diff::{
    Action, Cascade, CascadeCount, ForeignKey, Hidden, KeyAction, Reader, Snapshot, Table, key,
};

use super::work::TablePart;
use crate::error::SyncError;

/// The most keys that a reader is asked for at once.
const KEYS_MAX: usize = 1000;

/// Counts, for each foreign key that takes rows along, the rows that point at those that `parts` delete, or at those that go with them. Keys without
/// such rows are left out.
/// `name` is what people call the database.
pub(crate) async fn count(
    name: &str,
    snapshot: &dyn Snapshot,
    parts: &[TablePart],
) -> Result<Vec<CascadeCount>, SyncError> {
    for part in parts {
        refuse_hidden(name, part)?;
    }
    let mut counts = Vec::new();
    if parts.iter().all(|part| part.deleted.is_empty()) {
        return Ok(counts);
    }
    let mut reader = snapshot.reader().await?;
    for part in parts.iter().filter(|part| !part.deleted.is_empty()) {
        counts.extend(below(&mut *reader, part).await?);
    }
    Ok(counts)
}

async fn below(reader: &mut dyn Reader, part: &TablePart) -> Result<Vec<CascadeCount>, SyncError> {
    let cascade = Cascade::of(&part.table, takes);
    let reading = &part.reading;
    if cascade.is_deep() {
        // Two deleted rows may take the same row along: it is counted for all of them together.
        let keys = encoded(part, &part.deleted)?;
        let rows = reader.below(reading, &cascade, &keys).await?;
        return Ok(cascade.counts(&reading.table, rows));
    }
    let mut rows = vec![0; cascade.keys().len()];
    for keys in part.deleted.chunks(KEYS_MAX) {
        let keys = encoded(part, keys)?;
        for (key, sum) in cascade.keys().iter().zip(&mut rows) {
            *sum += reader.pointing(reading, key, &keys).await?;
        }
    }
    Ok(cascade.counts(&reading.table, rows))
}

/// Refuses deletions where there may be foreign keys that nobody sees.
fn refuse_hidden(name: &str, part: &TablePart) -> Result<(), SyncError> {
    let grants = part.table.hidden.iter().filter_map(|hidden| match hidden {
        Hidden::Keys { grant } => Some(grant),
        Hidden::Rows { .. } => None,
    });
    let deletes = part.staged.contains_key(&Action::Delete);
    match { grants }.next().filter(|_| deletes) {
        None => Ok(()),
        Some(grant) => Err(SyncError::KeysHidden {
            name: name.to_owned(),
            table: part.table.name.clone(),
            grant: grant.clone(),
        }),
    }
}

/// The foreign keys through which a deletion in the table takes rows of other tables along.
pub(crate) fn taking(table: &Table) -> impl Iterator<Item = &ForeignKey> {
    table.referenced_by.iter().filter(|key| takes(key))
}

fn takes(key: &ForeignKey) -> bool {
    key.on_delete != KeyAction::Refuse
}

/// Refuses where more rows hang below than `planned` told of.
pub(super) fn refuse_more(
    name: &str,
    planned: &[CascadeCount],
    now: &[CascadeCount],
) -> Result<(), SyncError> {
    for count in now {
        let same = planned.iter().find(|it| it.is_of_same(count));
        let planned = same.map_or(0, |it| it.rows);
        if count.rows > planned {
            return Err(SyncError::MoreBelow {
                name: name.to_owned(),
                key: Box::new(count.key.clone()),
                planned,
                now: count.rows,
            });
        }
    }
    Ok(())
}

fn encoded(part: &TablePart, keys: &[Vec<String>]) -> Result<Vec<Vec<u8>>, SyncError> {
    let keys = keys
        .iter()
        .map(|texts| key::encode(&part.reading.key, texts));
    let keys: Result<_, _> = keys.collect();
    let table = || part.reading.table.to_string();
    Ok(keys.map_err(|source| PlanError::Key {
        table: table(),
        source,
    })?)
}

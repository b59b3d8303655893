//! What hangs below rows that are about to be deleted: foreign keys with `CASCADE` or `SET NULL` take it along.
//!
//! It is counted once the rows are locked: whoever wants to point at a locked row waits, so that nothing can be added any more. The look is one of
//! its own, by the role that reads, and sees all that was committed before the locks were had.

use table_diff::plan::PlanError;
use table_diff::{Action, CascadeCount, ForeignKey, Hidden, KeyAction, Snapshot, Table, key};

use super::work::TablePart;
use crate::error::SyncError;

/// The most keys that a reader is asked for at once.
const KEYS_MAX: usize = 1000;

/// Counts, for each foreign key that takes rows along, the rows that point at those that `parts` delete. Keys without such rows are left out.
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
    for part in parts {
        for foreign in taking(&part.table) {
            let mut rows = 0;
            for keys in part.deleted.chunks(KEYS_MAX) {
                let keys = encoded(part, keys)?;
                rows += reader.pointing(&part.reading, foreign, &keys).await?;
            }
            if rows > 0 {
                let key = foreign.clone();
                counts.push(CascadeCount { key, rows });
            }
        }
    }
    Ok(counts)
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
    let keys = table.referenced_by.iter();
    keys.filter(|key| key.on_delete != KeyAction::Refuse)
}

/// Refuses where more rows hang below than `planned` told of.
pub(super) fn refuse_more(
    name: &str,
    planned: &[CascadeCount],
    now: &[CascadeCount],
) -> Result<(), SyncError> {
    for count in now {
        let same = planned.iter().find(|it| is_same(&it.key, &count.key));
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

fn is_same(one: &ForeignKey, other: &ForeignKey) -> bool {
    one.name == other.name && one.table == other.table
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

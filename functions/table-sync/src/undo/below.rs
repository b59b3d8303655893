//! Rows below those that an undo deletes. Those that the undo itself deletes or changes are its own; any other was made since, and would be lost.

use std::collections::{BTreeMap, BTreeSet};

use table_diff::{Action, CascadeCount, Reader, Snapshot, TableName};

use super::Undoing;
use crate::apply::hanging;
use crate::apply::undo_file::{UndoLine, UndoReader};
use crate::apply::work::TablePart;
use crate::error::SyncError;

/// How many of its own rows are fetched together.
const TOGETHER: usize = 50;

impl Undoing<'_> {
    /// Refuses to take rows along that somebody hung below those that were inserted.
    pub(super) async fn refuse_below(
        &self,
        name: &str,
        snapshot: &dyn Snapshot,
        parts: &[TablePart],
    ) -> Result<(), SyncError> {
        let below = hanging::count(name, snapshot, parts).await?;
        if below.is_empty() {
            return Ok(());
        }
        let mut reader = snapshot.reader().await?;
        // What hangs deeper hangs below rows that are counted here, or are refused.
        for count in below.into_iter().filter(|it| it.from.is_none()) {
            let own = self.own(&mut *reader, parts, &count).await?;
            if count.rows > own {
                return Err(SyncError::Below {
                    name: name.to_owned(),
                    rows: count.rows - own,
                    key: Box::new(count.key),
                });
            }
        }
        Ok(())
    }

    /// How many of the rows that `count` counted are deleted or pointed elsewhere by the undo itself. Where that can't be told, too few rather than too many.
    async fn own(
        &self,
        reader: &mut dyn Reader,
        parts: &[TablePart],
        count: &CascadeCount,
    ) -> Result<u64, SyncError> {
        let named = |name: &TableName| parts.iter().find(|it| it.table.name == *name);
        let (Some(parent), Some(child)) = (named(&count.key.references), named(&count.key.table))
        else {
            return Ok(0);
        };
        let Some(links) = Links::of(parent, child, count) else {
            return Ok(0);
        };
        let mut file = UndoReader::open(&self.kept.folder).await?;
        let (mut own, mut is_child) = (0, false);
        let mut waiting = Vec::new();
        while let Some(line) = file.next().await? {
            match line {
                UndoLine::Table(table) => is_child = table.reading.table == count.key.table,
                UndoLine::Change(change) if is_child && change.action != Action::Insert => {
                    waiting.push(change.key);
                }
                UndoLine::Change(_) | UndoLine::Undo(_) | UndoLine::End(_) => {}
            }
            if waiting.len() >= TOGETHER {
                own += links.count(reader, &std::mem::take(&mut waiting)).await?;
            }
        }
        own += links.count(reader, &waiting).await?;
        file.check(&self.applied.undo)?;
        Ok(own)
    }
}

/// How rows of a table point at the deleted rows of another.
struct Links<'a> {
    child: &'a TablePart,
    /// Where the columns of the foreign key are among the columns that are read.
    columns: Vec<usize>,
    /// What they hold where they point at a deleted row.
    deleted: BTreeSet<Vec<&'a str>>,
}

impl<'a> Links<'a> {
    /// `None` where the foreign key does not point at the key of the rows, or its columns are not read.
    fn of(parent: &'a TablePart, child: &'a TablePart, count: &CascadeCount) -> Option<Self> {
        let pairs = count.key.referenced_columns.iter().zip(&count.key.columns);
        let pairs: BTreeMap<&String, &String> = pairs.collect();
        let key = parent.reading.key.iter();
        let key: Vec<&String> = key.map(|(column, _)| column).collect();
        if key.len() != pairs.len() {
            return None;
        }
        let columns = key.into_iter().map(|column| {
            let wanted = pairs.get(column)?;
            let mut columns = child.reading.columns.iter();
            columns.position(|(name, _)| name == *wanted)
        });
        let texts = |key: &'a Vec<String>| key.iter().map(String::as_str).collect();
        Some(Self {
            child,
            columns: columns.collect::<Option<_>>()?,
            deleted: parent.deleted.iter().map(texts).collect(),
        })
    }

    async fn count(&self, reader: &mut dyn Reader, keys: &[Vec<String>]) -> Result<u64, SyncError> {
        if keys.is_empty() {
            return Ok(0);
        }
        let rows = reader.whole(&self.child.reading, keys).await?;
        let points = rows.iter().filter(|row| {
            let values = row.values.as_deref().unwrap_or_default();
            let held = self.columns.iter().map(|at| values.get(*at)?.as_deref());
            let held: Option<Vec<&str>> = held.collect();
            held.is_some_and(|held| self.deleted.contains(&held))
        });
        Ok(points.count() as u64)
    }
}

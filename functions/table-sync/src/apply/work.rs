//! One transaction, from the first row beside a table to the commit.

use std::collections::{BTreeMap, BTreeSet};

use table_diff::{
    Action, Change, Database, DatabaseError, Identity, Limits, Reading, StaleRow, Table,
    TransactionId, Writer,
};

use super::hanging;
use super::undo_file::{UndoTable, UndoWriter, fingerprint_of};
use crate::error::SyncError;
use crate::order::{Part, Step, steps};
use crate::plans::WrittenRows;
use crate::progress::{Progress, SyncStage};

/// How many old rows are fetched together.
const OLD: usize = 200;

/// One transaction. Dropping it rolls all back.
pub(crate) struct Work {
    writer: Box<dyn Writer>,
    /// What people call the database.
    name: String,
    parts: Vec<TablePart>,
    progress: Progress,
}

/// What is to be done to one table.
#[derive(Clone, Debug)]
pub(crate) struct TablePart {
    pub(crate) table: Table,
    pub(crate) reading: Reading,
    /// How many rows there are of each action.
    pub(crate) staged: BTreeMap<Action, u64>,
    /// The columns that updates change.
    pub(crate) changed: BTreeSet<String>,
    /// The keys of the rows that are deleted, where a foreign key takes rows of other tables along.
    pub(crate) deleted: Vec<Vec<String>>,
}

impl TablePart {
    pub(crate) fn new(table: Table, reading: Reading) -> Self {
        Self {
            table,
            reading,
            staged: BTreeMap::new(),
            changed: BTreeSet::new(),
            deleted: Vec::new(),
        }
    }

    fn rows(&self) -> u64 {
        self.staged.values().sum()
    }
}

impl Work {
    /// Logs in to write.
    pub(crate) async fn begin(
        database: &dyn Database,
        session: &str,
        limits: &Limits,
        name: &str,
        progress: &Progress,
    ) -> Result<Self, SyncError> {
        Ok(Self {
            writer: database.writer(session, limits).await?,
            name: name.to_owned(),
            parts: Vec::new(),
            progress: progress.clone(),
        })
    }

    pub(crate) fn identity(&self) -> &Identity {
        self.writer.identity()
    }

    pub(crate) fn transaction(&self) -> Option<&TransactionId> {
        self.writer.transaction()
    }

    pub(crate) fn parts(&self) -> &[TablePart] {
        &self.parts
    }

    /// The rows that are staged from now on are of this table.
    pub(crate) fn add(&mut self, part: TablePart) {
        self.parts.push(part);
    }

    /// Puts `changes` beside the table that was added last; its updates change `columns`.
    pub(crate) async fn stage(
        &mut self,
        changes: &[Change],
        columns: impl IntoIterator<Item = String>,
    ) -> Result<(), SyncError> {
        let Some(part) = self.parts.last_mut() else {
            return Ok(());
        };
        for change in changes {
            *part.staged.entry(change.action).or_default() += 1;
        }
        part.changed.extend(columns);
        if hanging::taking(&part.table).next().is_some() {
            let deleted = changes.iter().filter(|it| it.action == Action::Delete);
            part.deleted.extend(deleted.map(|it| it.key.clone()));
        }
        if !changes.is_empty() {
            self.writer
                .stage(&part.table, &part.reading, changes)
                .await?;
        }
        self.progress.more(changes.len() as u64);
        Ok(())
    }

    /// Locks the rows, and refuses all of it if one is not as it was seen.
    pub(crate) async fn check(&mut self) -> Result<(), SyncError> {
        // A table of which nothing is ticked has nothing to lock.
        self.parts.retain(|part| part.rows() > 0);
        self.begin_stage(SyncStage::Checking, self.parts.len() as u64);
        for part in &self.parts {
            let (count, rows) = self.writer.lock_and_check(&part.reading).await?;
            if count > 0 {
                return Err(SyncError::Stale {
                    name: self.name.clone(),
                    table: part.table.name.clone(),
                    count,
                    rows,
                });
            }
            self.progress.more(1);
        }
        Ok(())
    }

    /// The saving of what would bring the locked rows back, and the parts, so that they can be looked at meanwhile.
    pub(crate) fn save<'a>(
        &'a mut self,
        undo: &'a mut UndoWriter,
    ) -> (
        &'a [TablePart],
        impl Future<Output = Result<(), SyncError>> + Send + 'a,
    ) {
        self.begin_stage(SyncStage::Saving, self.rows());
        let (writer, parts, progress) = (&mut self.writer, &self.parts, &self.progress);
        let saving = async move {
            for part in parts {
                let table = UndoTable {
                    reading: part.reading.clone(),
                    changed: part.changed.clone(),
                    fingerprint: fingerprint_of(&part.table),
                };
                undo.table(table).await?;
                loop {
                    let old = writer.old(&part.reading, OLD).await?;
                    if old.is_empty() {
                        break;
                    }
                    progress.more(old.len() as u64);
                    for change in old {
                        undo.change(change).await?;
                    }
                }
            }
            Ok(())
        };
        (parts, saving)
    }

    /// Writes the rows, in the order of the foreign keys, and looks at them again: they must be as they were wanted.
    pub(crate) async fn write(&mut self) -> Result<(), SyncError> {
        self.begin_stage(SyncStage::Writing, self.rows());
        for Step { part, action } in self.steps()? {
            let part = &self.parts[part];
            self.writer
                .write(&part.table, &part.reading, action)
                .await?;
            let rows = part.staged.get(&action).copied();
            self.progress.more(rows.unwrap_or_default());
        }
        self.verify().await?;
        for part in &self.parts {
            if part.staged.contains_key(&Action::Insert) {
                self.writer.advance(&part.table).await?;
            }
        }
        Ok(())
    }

    fn steps(&self) -> Result<Vec<Step>, SyncError> {
        let actions: Vec<BTreeSet<Action>> = self
            .parts
            .iter()
            .map(|part| part.staged.keys().copied().collect())
            .collect();
        let parts: Vec<Part<'_>> = self
            .parts
            .iter()
            .zip(&actions)
            .map(|(part, actions)| Part {
                table: &part.table,
                actions,
                changed: &part.changed,
            })
            .collect();
        Ok(steps(&parts)?)
    }

    async fn verify(&mut self) -> Result<(), SyncError> {
        self.begin_stage(SyncStage::Verifying, self.parts.len() as u64);
        for part in &self.parts {
            let (count, rows) = self.writer.verify(&part.reading).await?;
            if count > 0 {
                return Err(not_as_wanted(&part.table, count, rows));
            }
            self.progress.more(1);
        }
        Ok(())
    }

    /// Makes all of it last. After an error nobody knows whether it does.
    pub(crate) async fn commit(self) -> Result<(), DatabaseError> {
        self.progress.begin(SyncStage::Committing, 0, None);
        self.writer.commit().await
    }

    /// What was written to each table.
    pub(crate) fn written(&self) -> Vec<WrittenRows> {
        let rows = |part: &TablePart, action| part.staged.get(&action).copied().unwrap_or_default();
        self.parts
            .iter()
            .map(|part| WrittenRows {
                table: part.table.name.clone(),
                inserted: rows(part, Action::Insert),
                updated: rows(part, Action::Update),
                deleted: rows(part, Action::Delete),
            })
            .collect()
    }

    fn rows(&self) -> u64 {
        self.parts.iter().map(TablePart::rows).sum()
    }

    fn begin_stage(&self, stage: SyncStage, total: u64) {
        self.progress.begin(stage, 0, total);
    }
}

fn not_as_wanted(table: &Table, count: u64, rows: Vec<StaleRow>) -> SyncError {
    let triggers = table.triggers.iter();
    SyncError::NotAsWanted {
        table: table.name.clone(),
        count,
        rows,
        triggers: triggers
            .map(|trigger| format!("{} {}", trigger.name, trigger.on))
            .collect(),
    }
}

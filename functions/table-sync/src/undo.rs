//! What was applied is taken back, exactly, or not at all.

mod below;
mod preview;

use run_record::Run;
use table_diff::{Change, Table, TableName, TransactionId};

use crate::apply::settle::Touched;
use crate::apply::undo_file::{UndoLine, UndoReader, UndoTable, fingerprint_of};
use crate::apply::work::{TablePart, Work};
use crate::apply::{Pending, Transacted, locked, publish, refuse_other, undecided};
use crate::error::SyncError;
use crate::function::TableSync;
use crate::plan_id::PlanId;
use crate::plans::{Applied, Kept, Undone, object};
use crate::progress::{Progress, SyncStage};
use crate::runs;

pub use preview::{UndoDecision, UndoPreview, UndoRows};

/// How many changes are brought together.
const TOGETHER: usize = 500;

/// How many bytes of values are brought together, more or less.
const BYTES_WANTED: usize = 1024 * 1024;

impl TableSync {
    /// Takes back what applying the plan `id` wrote, in one transaction: every row that it touched is as it was before, in all columns
    /// that were written. What the database took along by foreign keys does not come back. See [`TableSync::undo_preview`].
    ///
    /// Calling it again goes on after a crash, and answers what was done where it was done already.
    ///
    /// # Errors
    /// The plan was not applied, what was decided is not what would be done, a row changed since, or a service fails. Nothing is written then, unless the error says that it
    /// [may be](SyncError::may_be_written): the next call finds out.
    pub async fn undo(
        &self,
        id: &str,
        decision: &UndoDecision,
        progress: &Progress,
    ) -> Result<Undone, SyncError> {
        let by = decision.by.as_str();
        let id = Self::plan_id(id)?;
        let kept = self.plans.of(&id);
        if let Some(undone) = kept.read::<Undone>(object::UNDONE).await? {
            return already(&id, by, undone);
        }
        let summary = self.summary_of(&id).await?;
        let Some(applied) = kept.read::<Applied>(object::RESULT).await? else {
            return Err(SyncError::NotApplied { id: id.to_string() });
        };
        self.preview(&summary, &applied).check(decision)?;
        let mut run = self.claim(runs::Work::Undo, &id, applied.when).await?;
        let hold = run.hold();
        let undoing = Undoing {
            sync: self,
            kept: &kept,
            id: &id,
            applied: &applied,
            by,
            reverse: summary.plan.reverse,
            progress,
        };
        let result = tokio::select! {
            result = Box::pin(undoing.carry_out(&mut run)) => result,
            lost = hold.lost() => Err(lost.into()),
        };
        let result = result.map_err(|error| undecided(&run, error));
        progress.end();
        self.end(runs::Work::Undo, run, result).await
    }
}

/// The same person's second click is answered as the first; another person is told who was first.
fn already(id: &PlanId, by: &str, undone: Undone) -> Result<Undone, SyncError> {
    if undone.by == by {
        return Ok(undone);
    }
    Err(SyncError::Undone {
        id: id.to_string(),
        by: undone.by,
        when: undone.when,
    })
}

impl Transacted for Undone {
    fn transaction(&self) -> Option<&TransactionId> {
        self.transaction.as_ref()
    }
}

/// One undoing of a plan.
struct Undoing<'a> {
    sync: &'a TableSync,
    kept: &'a Kept,
    id: &'a PlanId,
    applied: &'a Applied,
    by: &'a str,
    reverse: bool,
    progress: &'a Progress,
}

impl Undoing<'_> {
    async fn carry_out(&self, run: &mut Run) -> Result<Undone, SyncError> {
        let ends = self.sync.ends(self.reverse);
        let database = ends.writer()?;
        if let Some(undone) = self.sync.resume::<Undone>(run, &**database).await? {
            return publish(self.kept, object::UNDONE, undone).await;
        }
        let limits = self.sync.limits();
        self.progress.begin(SyncStage::Connecting, 0, None);
        // By the role that reads, as the plan was made: another role may be told otherwise of the same table.
        let snapshot = ends.target.database.snapshot(&limits).await?;
        refuse_other(&ends.target.name, &self.applied.target, snapshot.identity())?;
        let names: Vec<TableName> = self
            .applied
            .tables
            .iter()
            .map(|it| it.table.clone())
            .collect();
        let structures = snapshot.structures(&names).await?;
        drop(snapshot);
        let session = format!("tasuki undo {}", self.id);
        let name = &ends.target.name;
        let mut work = Work::begin(&**database, &session, &limits, name, self.progress).await?;
        refuse_other(name, &self.applied.target, work.identity())?;
        let touched = self.stage(&mut work, structures).await?;
        work.check().await?;
        let snapshot = ends.target.database.snapshot(&limits).await?;
        locked::refuse_changed(&*snapshot, work.parts()).await?;
        self.refuse_below(name, &*snapshot, work.parts()).await?;
        drop(snapshot);
        work.write().await?;
        let record = Undone {
            plan: self.id.to_string(),
            by: self.by.to_owned(),
            when: self.sync.clock.now(),
            target: work.identity().clone(),
            transaction: work.transaction().cloned(),
            tables: work.written(),
        };
        let pending = Pending { record, touched };
        self.sync.commit(run, &**database, work, &pending).await?;
        publish(self.kept, object::UNDONE, pending.record).await
    }

    /// Brings all changes of the undo file; refuses a file that is not the recorded one.
    async fn stage(
        &self,
        work: &mut Work,
        structures: Vec<Option<Table>>,
    ) -> Result<Touched, SyncError> {
        let rows = self
            .applied
            .tables
            .iter()
            .map(|it| it.inserted + it.updated + it.deleted);
        self.progress
            .begin(SyncStage::Staging, 0, rows.sum::<u64>());
        let structures: Vec<Table> = structures.into_iter().flatten().collect();
        let mut file = UndoReader::open(&self.kept.folder).await?;
        let mut touched = Touched::default();
        let mut waiting: Vec<Change> = Vec::new();
        let mut bytes = 0;
        while let Some(line) = file.next().await? {
            match line {
                UndoLine::Change(change) => {
                    if let Some(part) = work.parts().last() {
                        touched.keep(&part.reading, &change.key, change.seen, change.wanted);
                    }
                    bytes += size(&change);
                    waiting.push(change);
                }
                UndoLine::Table(table) => {
                    work.stage(&std::mem::take(&mut waiting), []).await?;
                    work.add(part(*table, &structures)?);
                }
                UndoLine::Undo(_) | UndoLine::End(_) => {}
            }
            if waiting.len() >= TOGETHER || bytes >= BYTES_WANTED {
                work.stage(&std::mem::take(&mut waiting), []).await?;
                bytes = 0;
            }
        }
        work.stage(&waiting, []).await?;
        file.check(&self.applied.undo)?;
        Ok(touched)
    }
}

fn part(table: UndoTable, structures: &[Table]) -> Result<TablePart, SyncError> {
    let name = &table.reading.table;
    let now = structures.iter().find(|it| it.name == *name);
    let now = now.filter(|now| fingerprint_of(now) == table.fingerprint);
    let now = now.ok_or_else(|| SyncError::StructureChanged {
        table: name.clone(),
    })?;
    let mut part = TablePart::new(now.clone(), table.reading);
    part.changed = table.changed;
    Ok(part)
}

fn size(change: &Change) -> usize {
    let values = change.values.iter().flatten().flatten();
    values.map(String::len).sum()
}

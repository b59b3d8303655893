//! All that applying a plan does before the commit.

use std::collections::BTreeMap;

use futures_util::future::{try_join, try_join3};
use table_diff::plan::{PlanReader, Summary, fingerprint};
use table_diff::{CascadeCount, Chosen, Identity, Sides, Snapshot, Table, TableName};
use tokio::sync::mpsc;

use super::staging::{Staging, Ticked};
use super::undo_file::UndoWriter;
use super::work::{TablePart, Work};
use super::{Pending, Touched, hanging, locked, refuse_other, rights};
use crate::approval::Approval;
use crate::ends::Ends;
use crate::error::SyncError;
use crate::function::TableSync;
use crate::plan_id::PlanId;
use crate::plans::{Applied, Kept};
use crate::progress::{Progress, SyncStage};

/// How many ticked rows are read ahead of those that are brought.
const AHEAD: usize = 1000;

/// One application of a plan.
pub(super) struct Application<'a> {
    pub(super) sync: &'a TableSync,
    pub(super) kept: &'a Kept,
    pub(super) id: &'a PlanId,
    pub(super) summary: &'a Summary,
    pub(super) approval: &'a Approval,
    pub(super) ends: &'a Ends,
    pub(super) progress: &'a Progress,
    /// Which rows are to be written.
    pub(super) chosen: &'a Chosen,
}

impl Application<'_> {
    /// All up to the commit.
    pub(super) async fn prepare(
        &self,
        plan: &PlanReader,
    ) -> Result<(Work, Pending<Applied>), SyncError> {
        let limits = self.sync.limits();
        let database = self.ends.writer()?;
        self.progress.begin(SyncStage::Connecting, 0, None);
        let (source, target, writing) = try_join3(
            self.ends.source.database.snapshot(&limits),
            self.ends.target.database.snapshot(&limits),
            database.snapshot(&limits),
        )
        .await?;
        let planned = &self.summary.plan;
        refuse_other(
            &planned.source.name,
            &planned.source.identity,
            source.identity(),
        )?;
        self.refuse_other_target(target.identity())?;
        self.refuse_other_target(writing.identity())?;
        let tables = self.unchanged(&*source, target, writing).await?;
        let mut reader = source.reader().await?;
        let session = format!("tasuki apply {}", self.id);
        let name = &planned.target.name;
        let mut work = Work::begin(&**database, &session, &limits, name, self.progress).await?;
        self.refuse_other_target(work.identity())?;
        let staging = Staging::new(&planned.source.name, &mut *reader);
        let touched = self.stage(plan, &mut work, staging, tables).await?;
        drop(reader);
        drop(source);
        work.check().await?;
        let folder = &self.kept.folder;
        let target = work.identity().clone();
        let mut undo = UndoWriter::begin(folder, self.id.as_str(), &target).await?;
        let (parts, saving) = work.save(&mut undo);
        let (below, ()) = try_join(self.below(parts), saving).await?;
        work.write().await?;
        let undo = undo.finish().await?;
        let record = self.record(&work, below, undo);
        Ok((work, Pending { record, touched }))
    }

    fn refuse_other_target(&self, now: &Identity) -> Result<(), SyncError> {
        let planned = &self.summary.plan.target;
        refuse_other(&planned.name, &planned.identity, now)
    }

    /// The target's tables, where the structures of both sides are those that were compared, and the role that writes may do so.
    async fn unchanged(
        &self,
        source: &dyn Snapshot,
        target: Box<dyn Snapshot>,
        writing: Box<dyn Snapshot>,
    ) -> Result<Vec<Table>, SyncError> {
        // By the roles that read, as the plan was made: another role may be told otherwise of the same table.
        let counts = self.chosen.counts();
        let counts = counts.map(|(number, counts)| (number, counts.clone()));
        let rights = rights::needed(self.summary, counts);
        let names: Vec<TableName> = rights.iter().map(|(name, _)| name.clone()).collect();
        let (source, target, lacking) = try_join3(
            source.structures(&names),
            target.structures(&names),
            writing.lacking(&rights),
        )
        .await?;
        rights::refuse(self.ends.writer_setting, lacking)?;
        let both = source.into_iter().zip(target);
        let tables = names.iter().zip(both);
        let tables = tables.map(|(name, (source, target))| {
            let target = self.unchanged_table(name, Sides { source, target });
            target.ok_or_else(|| SyncError::StructureChanged {
                table: name.clone(),
            })
        });
        tables.collect()
    }

    fn unchanged_table(&self, name: &TableName, now: Sides<Option<Table>>) -> Option<Table> {
        let position = self.summary.position(name)?;
        let planned = &self.summary.tables.get(position)?.table.fingerprints;
        let source = now.source.as_ref().map(fingerprint);
        let target = now.target.as_ref().map(fingerprint);
        let is_same = planned.source == source && planned.target == target;
        now.target.filter(|_| is_same)
    }

    /// Reads through the plan, and brings what is ticked of it. Only at its end is it proven to be what was approved.
    async fn stage(
        &self,
        plan: &PlanReader,
        work: &mut Work,
        staging: Staging<'_>,
        tables: Vec<Table>,
    ) -> Result<Touched, SyncError> {
        let total = self.chosen.classes().total();
        self.progress.begin(SyncStage::Staging, 0, total);
        // The plan is read on while the databases are at work.
        let (give, ticked) = mpsc::channel(AHEAD);
        let bringing = self.bring(ticked, work, staging, tables);
        let ((), touched) = try_join(self.read(plan, give), bringing).await?;
        Ok(touched)
    }

    /// Gives the ticked rows of `plan`, each with the number of its table.
    async fn read(
        &self,
        plan: &PlanReader,
        give: mpsc::Sender<(usize, Ticked)>,
    ) -> Result<(), SyncError> {
        let mut rows = plan.rows().await?;
        while let Some((number, row)) = rows.next().await? {
            if self.chosen.takes(number, &row) {
                // Where nobody takes them any more, all has failed.
                drop(give.send((number, row.into())).await);
            }
        }
        Ok(())
    }

    /// Brings the ticked rows of one table after another.
    async fn bring(
        &self,
        mut ticked: mpsc::Receiver<(usize, Ticked)>,
        work: &mut Work,
        mut staging: Staging<'_>,
        tables: Vec<Table>,
    ) -> Result<Touched, SyncError> {
        let mut tables: BTreeMap<String, Table> = tables
            .into_iter()
            .map(|table| (table.name.to_string(), table))
            .collect();
        let mut touched = Touched::default();
        let mut current = None;
        while let Some((number, row)) = ticked.recv().await {
            let planned = &self.summary.table(number)?.table;
            let Some(reading) = &planned.reading else {
                continue;
            };
            if current != Some(number) {
                staging.end_table(work).await?;
                let table = tables.remove(&planned.name.to_string());
                let table = table.ok_or_else(|| SyncError::StructureChanged {
                    table: planned.name.clone(),
                })?;
                work.add(TablePart::new(table, reading.clone()));
                current = Some(number);
            }
            touched.keep(reading, &row.key, row.target, row.source);
            staging.add(work, row).await?;
        }
        staging.end_table(work).await?;
        Ok(touched)
    }

    fn record(&self, work: &Work, below: Vec<CascadeCount>, undo: String) -> Applied {
        Applied {
            plan: self.id.to_string(),
            digest: self.summary.digest.clone(),
            selection: self.approval.selection.digest(),
            by: self.approval.by.clone(),
            approved: self.approval.when,
            when: self.sync.clock.now(),
            source: self.summary.plan.source.identity.clone(),
            target: work.identity().clone(),
            transaction: work.transaction().cloned(),
            cascades: apart(work, below),
            tables: work.written(),
            undo,
        }
    }

    /// What the deletions take along now that their rows are locked. Refuses more than the plan told of, and structures that are others by now.
    async fn below(&self, parts: &[TablePart]) -> Result<Vec<CascadeCount>, SyncError> {
        let target = &self.ends.target;
        let snapshot = target.database.snapshot(&self.sync.limits()).await?;
        locked::refuse_changed(&*snapshot, parts).await?;
        let below = hanging::count(&target.name, &*snapshot, parts).await?;
        let ends = self.summary.tables.iter().filter_map(|it| it.end.as_ref());
        let planned: Vec<CascadeCount> = ends.flat_map(|end| end.cascades.clone()).collect();
        hanging::refuse_more(&target.name, &planned, &below)?;
        Ok(below)
    }
}

/// What is taken along in tables of which no deletion is ticked.
fn apart(work: &Work, mut below: Vec<CascadeCount>) -> Vec<CascadeCount> {
    let written = work.written();
    let deletes = |name: &TableName| {
        let mut tables = written.iter();
        tables.any(|it| it.table == *name && it.deleted > 0)
    };
    below.retain(|count| !deletes(&count.key.table));
    below
}

//! What was observed and found, as a plan.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use cloud_store::{Put, Upload};
use function_core::TOOL;
use table_diff::plan::{
    FORMAT, Header, Migrations, PlanTable, PlanWriter, SideHeader, Summary, TableEnd,
};
use table_diff::{
    Cascade, CascadeCount, Caution, ForeignKey, Hidden, Reading, TableCounts, TableName,
};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

use super::lost::Lost;
use super::observe::{Observed, ObservedTable};
use super::rows::Fetched;
use super::table::{Compared, Found, Shared, compare};
use crate::ends::Ends;
use crate::error::SyncError;
use crate::function::TableSync;
use crate::plan_id::PlanId;
use crate::plans::{Kept, object};
use crate::progress::{Progress, SyncStage};
use crate::request::DiffRequest;

/// A comparison whose result somebody waits for.
struct Awaited {
    compared: Arc<Compared>,
    /// What is fetched while it goes on.
    rows: mpsc::Receiver<Fetched>,
    found: oneshot::Receiver<Found>,
}

impl TableSync {
    pub(super) fn header(
        &self,
        id: &PlanId,
        request: &DiffRequest,
        ends: &Ends,
        by: &str,
        observed: &mut Observed,
    ) -> Header {
        let identities = observed.identities();
        let migrations = std::mem::take(&mut observed.migrations);
        Header {
            format: FORMAT,
            id: id.to_string(),
            tool: TOOL.to_owned(),
            created: self.clock.now(),
            by: by.to_owned(),
            compare: request.compare.unwrap_or(self.config.compare),
            reverse: request.reverse,
            source: SideHeader {
                name: ends.source.name.clone(),
                identity: identities.source,
            },
            target: SideHeader {
                name: ends.target.name.clone(),
                identity: identities.target,
            },
            migrations: Migrations::compare(migrations.source, migrations.target),
            tables: observed
                .tables
                .iter()
                .map(|it| it.name.to_string())
                .collect(),
        }
    }

    /// Compares the tables, many at a time, and writes what is found in the order of their names. Memory holds what a few tables found, whatever the
    /// tables' sizes.
    pub(super) async fn write_plan(
        &self,
        kept: &Kept,
        header: Header,
        observed: Observed,
        progress: &Progress,
    ) -> Result<Summary, SyncError> {
        let rows = observed.tables.iter().map(rows_estimate).sum::<u64>();
        progress.begin(SyncStage::Comparing, 0, rows);
        let shared = Arc::new(Shared {
            sessions: observed.sessions,
            folder: kept.folder.clone(),
            progress: progress.clone(),
            waiting: AtomicUsize::new(0),
            turn: watch::Sender::new(0),
        });
        let put = Put::new("application/jsonl");
        let upload = kept.folder.upload(object::PLAN, &put).await?;
        let mut plan = PlanWriter::begin(upload, header).await?;
        // The comparisons end with this set, however that ends.
        let mut comparisons = JoinSet::new();
        let (fail, mut failures) = mpsc::unbounded_channel();
        let mut awaited: BTreeMap<usize, Awaited> = BTreeMap::new();
        for (number, table) in observed.tables.iter().enumerate() {
            if let Some(reading) = &table.gate.reading {
                let compared = Arc::new(table.compared(reading));
                let comparison = begin(&mut comparisons, &shared, number, compared, &fail);
                awaited.insert(number, comparison);
            }
        }
        let tables = observed.tables;
        let writing = self.write_tables(&mut plan, tables, awaited, &shared, progress);
        // A comparison that failed keeps its sessions, and the tables before its own may wait for them.
        tokio::select! {
            biased;
            Some(error) = failures.recv() => return Err(error),
            written = writing => written?,
        }
        shared.sessions.close();
        // Until here the snapshots hold the moments that the sessions look at.
        drop(observed.snapshots);
        let (upload, summary) = plan.finish().await?;
        upload.finish().await?;
        Ok(summary)
    }

    /// Writes each table once its comparison has ended.
    async fn write_tables(
        &self,
        plan: &mut PlanWriter<Upload>,
        tables: Vec<ObservedTable>,
        mut awaited: BTreeMap<usize, Awaited>,
        shared: &Shared,
        progress: &Progress,
    ) -> Result<(), SyncError> {
        for (number, table) in tables.into_iter().enumerate() {
            let of = &table.structures;
            let (source, target) = (of.source.as_ref(), of.target.as_ref());
            let name = table.name.clone();
            plan.table(PlanTable::new(name.clone(), table.gate, source, target))
                .await?;
            if let Some(mut comparison) = awaited.remove(&number) {
                shared.turn.send_replace(number);
                let mut lost = Lost::default();
                while let Some(fetched) = comparison.rows.recv().await {
                    fetched.write(plan, &mut lost).await?;
                }
                let found = comparison.found.await;
                let found = found.map_err(|_| SyncError::Interrupted {
                    table: name.clone(),
                })?;
                if awaited.is_empty() {
                    progress.begin(SyncStage::Showing, 0, None);
                }
                let counts = found.counts.clone();
                let compared = &comparison.compared;
                found.write(shared, compared, plan, &mut lost).await?;
                let cascades = lost.counts(shared, compared).await?;
                plan.end(self.table_end(name, counts, cascades)).await?;
            }
        }
        Ok(())
    }

    fn table_end(
        &self,
        table: TableName,
        counts: TableCounts,
        cascades: Vec<CascadeCount>,
    ) -> TableEnd {
        TableEnd {
            table,
            caution: Caution::of(&counts, &self.delete_limits()),
            counts,
            cascades,
        }
    }
}

fn begin(
    comparisons: &mut JoinSet<()>,
    shared: &Arc<Shared>,
    number: usize,
    compared: Arc<Compared>,
    fail: &mpsc::UnboundedSender<SyncError>,
) -> Awaited {
    let (tell, found) = oneshot::channel();
    let (give, rows) = mpsc::channel(1);
    let comparing = compare(Arc::clone(shared), number, Arc::clone(&compared), give);
    let fail = fail.clone();
    comparisons.spawn(async move {
        // Where nobody listens any more, another table failed.
        match comparing.await {
            Ok(found) => drop(tell.send(found)),
            Err(error) => drop(fail.send(error)),
        }
    });
    Awaited {
        compared,
        rows,
        found,
    }
}

/// How many rows the servers think there are, on both sides.
pub(super) fn rows_estimate(table: &ObservedTable) -> u64 {
    let both = [&table.structures.source, &table.structures.target];
    let tables = both.into_iter().flatten();
    tables.map(|table| table.rows_estimate).sum()
}

impl ObservedTable {
    fn compared(&self, reading: &Reading) -> Compared {
        let target = self.structures.target.as_ref();
        // What can't be counted refuses deletions by itself: the gate lets nothing else through.
        let is_counted = |key: &ForeignKey| {
            let mut hidden = target.into_iter().flat_map(|table| &table.hidden);
            !hidden.any(|it| matches!(it, Hidden::Rows { key: hidden, .. } if hidden == key))
        };
        Compared {
            reading: reading.clone(),
            cascade: target
                .map(|table| Cascade::of(table, is_counted))
                .unwrap_or_default(),
        }
    }
}

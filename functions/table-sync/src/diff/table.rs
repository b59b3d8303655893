//! One table: its marks are merged, and the rows that differ are fetched.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cloud_store::{Store, Upload};
use futures_util::future::try_join;
use table_diff::plan::PlanWriter;
use table_diff::{Cascade, DifferenceBatch, Merge, Reading, TableCounts};
use tokio::sync::{mpsc, watch};

use super::lost::Lost;
use super::queue::Queue;
use super::rows::{Fetched, fetch};
use super::sessions::{Pair, Sessions};
use super::spool::{Spool, Spooled};
use crate::error::SyncError;
use crate::progress::Progress;

/// So many differences of a table are fetched as soon as they are known, so that small tables need no second turn.
const FEW: u64 = 100;

/// How many differences are taken from the merge together.
const FOUND: usize = 4096;

/// How many bytes of fetched rows may wait for the tables before theirs to be written.
const WAITING_MAX: usize = 4 * 1024 * 1024;

/// What comparing one table needs.
pub(super) struct Compared {
    pub(super) reading: Reading,
    /// The foreign keys by which deletions take rows along, or are refused.
    pub(super) cascade: Cascade,
}

/// What all tables share.
pub(super) struct Shared {
    pub(super) sessions: Sessions,
    /// The plan's folder.
    pub(super) folder: Store,
    pub(super) progress: Progress,
    /// How many bytes of fetched rows wait to be written.
    pub(super) waiting: AtomicUsize,
    /// The number of the table that is written.
    pub(super) turn: watch::Sender<usize>,
}

/// What was found in one table.
pub(super) struct Found {
    pub(super) counts: TableCounts,
    /// Rows that were fetched already.
    fetched: Fetched,
    /// Differences whose rows were not.
    spooled: Spooled,
    /// How many rows are fetched together.
    most: usize,
}

/// Compares the table with this number. While it is the one that is written, its rows are given to `rows` as they are found.
pub(super) async fn compare(
    shared: Arc<Shared>,
    number: usize,
    table: Arc<Compared>,
    rows: mpsc::Sender<Fetched>,
) -> Result<Found, SyncError> {
    let mut pair = shared.sessions.take().await?;
    let spool = Spool::new(&shared.folder, format!("spool/{number}"));
    let queue = Queue::new(spool);
    let merged = async {
        let counts = merge(&mut pair, &table.reading, Some(&queue), &shared.progress).await;
        queue.end();
        counts
    };
    let (counts, most) =
        try_join(merged, fetch_ahead(&shared, number, &table, &queue, rows)).await?;
    let mut found = Found {
        counts,
        fetched: Fetched::default(),
        spooled: queue.finish().await?,
        most,
    };
    let is_few = found.spooled.rows() <= FEW;
    if is_few && shared.waiting.load(Ordering::Relaxed) < WAITING_MAX {
        found.fetched = found.next(&mut pair, &table).await?;
        let bytes = found.fetched.bytes;
        shared.waiting.fetch_add(bytes, Ordering::Relaxed);
    }
    shared.sessions.give(pair);
    Ok(found)
}

/// Compares both sides' marks; what differs goes to `queue`, if there is one, and is counted.
pub(super) async fn merge(
    pair: &mut Pair,
    reading: &Reading,
    queue: Option<&Queue>,
    progress: &Progress,
) -> Result<TableCounts, SyncError> {
    let (source, target) = try_join(pair.source.marks(reading), pair.target.marks(reading)).await?;
    let mut merge = Merge::new(source, target, reading);
    let mut batch = DifferenceBatch::default();
    let mut told = 0;
    while merge.next(&mut batch, FOUND).await? {
        if let Some(queue) = queue
            && !batch.is_empty()
        {
            queue.push(&batch).await?;
        }
        let read = merge.counts().source_rows + merge.counts().target_rows;
        progress.more(read - told);
        told = read;
    }
    Ok(merge.counts().clone())
}

/// Fetches rows by a second pair of sessions while the merge goes on, and answers how many to fetch next.
async fn fetch_ahead(
    shared: &Shared,
    number: usize,
    table: &Compared,
    queue: &Queue,
    rows: mpsc::Sender<Fetched>,
) -> Result<usize, SyncError> {
    let mut most = usize::try_from(FEW).unwrap_or(1);
    let mut pair = tokio::select! {
        biased;
        () = queue.ended() => return Ok(most),
        pair = second_pair(shared, number, queue) => pair?,
    };
    let mut batch = DifferenceBatch::default();
    if queue.lead().await {
        while queue.next(&mut batch, most).await {
            let fetched = fetch(&mut pair, table, &batch).await?;
            most = fetched.next_count(most);
            // Where nobody takes them any more, all has failed.
            drop(rows.send(fetched).await);
        }
    }
    shared.sessions.give(pair);
    Ok(most)
}

/// A pair for a table that is written now and has many differences. No other table waits for what it fetches, and it waits for none.
async fn second_pair(shared: &Shared, number: usize, queue: &Queue) -> Result<Pair, SyncError> {
    let mut turn = shared.turn.subscribe();
    if turn.wait_for(|turn| *turn == number).await.is_err() {
        return std::future::pending().await;
    }
    queue.more_than(FEW).await;
    Ok(shared.sessions.take().await?)
}

impl Found {
    /// Writes the rows that differ to `plan`, in the order of their keys, and adds to `lost` what the deletions take along.
    pub(super) async fn write(
        mut self,
        shared: &Shared,
        table: &Compared,
        plan: &mut PlanWriter<Upload>,
        lost: &mut Lost,
    ) -> Result<(), SyncError> {
        let fetched = std::mem::take(&mut self.fetched);
        shared.waiting.fetch_sub(fetched.bytes, Ordering::Relaxed);
        fetched.write(plan, lost).await?;
        if self.spooled.rows() > 0 {
            let mut pair = shared.sessions.take().await?;
            let mut fetched = self.next(&mut pair, table).await?;
            while !fetched.rows.is_empty() {
                // The next rows come while these are written.
                let next = self.next(&mut pair, table);
                (fetched, ()) = try_join(next, fetched.write(plan, lost)).await?;
            }
            shared.sessions.give(pair);
        }
        self.spooled.remove().await
    }

    async fn next(&mut self, pair: &mut Pair, table: &Compared) -> Result<Fetched, SyncError> {
        let mut batch = DifferenceBatch::default();
        self.spooled.next(&mut batch, self.most).await?;
        let fetched = fetch(pair, table, &batch).await?;
        self.most = fetched.next_count(self.most);
        Ok(fetched)
    }
}

impl Fetched {
    /// Writes the rows to `plan`, and adds to `lost` what they take along.
    pub(super) async fn write(
        self,
        plan: &mut PlanWriter<Upload>,
        lost: &mut Lost,
    ) -> Result<(), SyncError> {
        lost.add(self.lost);
        for row in self.rows {
            plan.row(row).await?;
        }
        Ok(())
    }
}

//! Loading into SQLite: temporary tables, then one transaction, on a thread of its own.

mod address;
mod batch;
mod catalog;
mod fault;
mod swap;
mod worker;

use tokio::sync::mpsc::{Sender, channel};
use tokio::task::{JoinHandle, spawn_blocking};

pub(crate) use self::address::Address;
use self::batch::Batch;
use self::worker::{Command, Worker};
use crate::plan::Identifiers;
use crate::{Limits, LoadError, LoadPlan, LoadReport};

/// SQLite bounds a name only by the length of a statement; what is longer than this is no name.
const IDENTIFIERS: Identifiers = Identifiers {
    bytes_max: 1000,
    ignore_case: true,
    schemas: false,
};

/// Rows go to the worker in batches of this size.
const BATCH_BYTES: usize = 256 * 1024;

/// A load under way. Dropped, it closes the channel, and the worker leaves everything as it was.
pub(crate) struct Load {
    plan: LoadPlan,
    batches: Vec<Batch>,
    written: Vec<u64>,
    commands: Sender<Command>,
    worker: JoinHandle<Result<Option<LoadReport>, LoadError>>,
}

impl Load {
    /// Opens the file, checks the tables' structure, and makes staging.
    pub(crate) async fn begin(
        address: &Address,
        plan: &LoadPlan,
        limits: Limits,
    ) -> Result<Self, LoadError> {
        plan.check(IDENTIFIERS)?;
        let (place, own) = (address.clone(), plan.clone());
        let worker = spawn_blocking(move || Worker::begin(&place, own, limits))
            .await
            .map_err(stopped)??;
        let (commands, mut receiver) = channel(1);
        let worker = spawn_blocking(move || worker.run(&mut receiver));
        let batches = plan.tables.iter().map(|_| Batch::default()).collect();
        Ok(Self {
            plan: plan.clone(),
            batches,
            written: vec![0; plan.tables.len()],
            commands,
            worker,
        })
    }

    pub(crate) async fn write(
        &mut self,
        index: usize,
        row: &[Option<&str>],
    ) -> Result<(), LoadError> {
        self.batches[index].push(&self.plan.tables[index], row, self.written[index] + 1)?;
        self.written[index] += 1;
        if self.batches[index].size_bytes() >= BATCH_BYTES {
            self.send(index).await?;
        }
        Ok(())
    }

    /// Counts what is staged and swaps it in.
    pub(crate) async fn finish(mut self, expected: &[u64]) -> Result<LoadReport, LoadError> {
        for index in 0..self.batches.len() {
            self.send(index).await?;
        }
        self.command(Command::Finish(expected.to_vec())).await?;
        // The channel stays open until the worker is done: that it closes means that this load was dropped.
        let report = (&mut self.worker).await.map_err(stopped)??;
        drop(self.commands);
        report.ok_or_else(|| stopped("the load was dropped"))
    }

    async fn send(&mut self, index: usize) -> Result<(), LoadError> {
        let batch = std::mem::take(&mut self.batches[index]);
        self.command(Command::Rows(index, batch)).await
    }

    async fn command(&mut self, command: Command) -> Result<(), LoadError> {
        if self.commands.send(command).await.is_ok() {
            return Ok(());
        }
        (&mut self.worker).await.map_err(stopped)??;
        Err(stopped("it ended before the load"))
    }
}

fn stopped(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> LoadError {
    LoadError::Database {
        step: "the SQLite worker stopped".to_owned(),
        passing: false,
        source: source.into(),
    }
}

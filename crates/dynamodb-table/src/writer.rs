//! Items written in bulk, at a bounded rate.

mod batch;
mod delivery;
mod form;
mod options;
mod pace;
mod patience;
mod request;
mod settled;
mod write;

use std::sync::Arc;

use aws_client::Direct;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use tokio::task::{JoinError, JoinSet};

use crate::{Description, TableError};
use batch::{Batch, Kind};
use delivery::{Delivery, Outcome};
use form::Form;
use pace::Pace;
use settled::Settled;

pub use options::{Mode, WriterOptions};
pub use write::{Line, Place, Poison, Totals, Write};

/// The bytes of requests under way, at most, unless a single one is larger: what bounds the memory of a table of large items.
const UNDER_WAY_BYTES_MAX: usize = 24 * 1024 * 1024;

/// Writes items in bulk. The requests under way go on while the caller does something else.
#[derive(Debug)]
pub struct Writer {
    delivery: Arc<Delivery>,
    form: Form,
    max_concurrency: usize,
    /// What is taken and not under way yet.
    pending: Batch,
    under_way: JoinSet<Outcome>,
    under_way_bytes: usize,
    settled: Settled,
    poisoned: Vec<Poison>,
    totals: Totals,
    is_stopped: bool,
}

impl Writer {
    pub(crate) fn new(
        client: &Client,
        direct: Direct,
        table: &Description,
        options: WriterOptions,
    ) -> Self {
        // The writer repeats requests itself, so that it learns of each refusal.
        let config = client
            .config()
            .to_builder()
            .retry_config(RetryConfig::disabled());
        let form = Form::new(table, options.mode, options.max_wru);
        Self {
            max_concurrency: options.max_concurrency.max(1),
            pending: form.batch(),
            delivery: Arc::new(Delivery::new(
                Client::from_conf(config.build()),
                direct,
                table,
                Pace::new(table.billing, options.max_wru, options.time.clone()),
                options.random,
            )),
            form,
            under_way: JoinSet::new(),
            under_way_bytes: 0,
            settled: Settled::default(),
            poisoned: Vec::new(),
            totals: Totals::default(),
            is_stopped: false,
        }
    }

    /// Takes one write, and waits while there is no room for it: of requests under way, which wait for the rate.
    ///
    /// Two writes of one key in one batch: the later wins, the earlier counts as done. What can never succeed is no error:
    /// see [`Writer::poisoned`]. Where this is dropped before it ends, the write was not taken.
    ///
    /// # Errors
    /// The service refuses for a reason that is not the item's, or was not reached or busy for too long. What was under way
    /// has ended then, and this writer takes no more.
    pub async fn send(&mut self, place: Place, write: Write<'_>) -> Result<(), TableError> {
        self.check()?;
        let (operation, json) = match self.form.operation(place, &write) {
            Ok(operation) => operation,
            Err(poison) => {
                self.settled.sent(place);
                self.poison(poison);
                return Ok(());
            }
        };
        if !self.form.has_room(&self.pending, &operation, &json) {
            self.launch().await?;
        }
        self.settled.sent(place);
        if let Some(replaced) = self.pending.push(operation, &json) {
            let is_delete = replaced.kind == Kind::Delete;
            self.totals.deleted += u64::from(is_delete);
            self.totals.written += u64::from(!is_delete);
            self.settled.done(replaced.place);
        }
        Ok(())
    }

    /// Waits until everything sent so far is settled.
    ///
    /// # Errors
    /// Those of [`Writer::send`].
    pub async fn flush(&mut self) -> Result<(), TableError> {
        self.check()?;
        if !self.pending.is_empty() {
            self.launch().await?;
        }
        while let Some(ended) = self.under_way.join_next().await {
            self.absorb(ended).await?;
        }
        Ok(())
    }

    /// What can never succeed, since this was last asked. Store it before a checkpoint that [`Writer::settled`] gives: it
    /// counts as settled.
    pub fn poisoned(&mut self) -> Vec<Poison> {
        std::mem::take(&mut self.poisoned)
    }

    /// All lines of `file` that were sent, up to and including this number, are written, left alone, deleted or poisoned; 0
    /// where none was sent.
    pub fn settled(&self, file: u32) -> u64 {
        self.settled.of(file)
    }

    /// What became of the writes so far.
    pub fn totals(&self) -> Totals {
        self.totals
    }

    fn check(&self) -> Result<(), TableError> {
        if self.is_stopped {
            let table = self.delivery.table().to_owned();
            return Err(TableError::Stopped { table });
        }
        Ok(())
    }

    /// Sends what is pending as soon as there is room.
    async fn launch(&mut self) -> Result<(), TableError> {
        while let Some(ended) = self.under_way.try_join_next() {
            self.absorb(ended).await?;
        }
        while !self.has_room() {
            if let Some(ended) = self.under_way.join_next().await {
                self.absorb(ended).await?;
            }
        }
        let batch = std::mem::replace(&mut self.pending, self.form.batch());
        let batch = batch.seal(self.delivery.table());
        self.under_way_bytes += batch.bytes();
        let delivery = Arc::clone(&self.delivery);
        self.under_way
            .spawn(async move { delivery.deliver(batch).await });
        // A caller that never waits would never let it begin.
        tokio::task::yield_now().await;
        Ok(())
    }

    fn has_room(&self) -> bool {
        let bytes = self.under_way_bytes + self.pending.bytes();
        self.under_way.is_empty()
            || (self.under_way.len() < self.max_concurrency && bytes <= UNDER_WAY_BYTES_MAX)
    }

    /// Notes how a batch ended. At an error the others are waited for.
    async fn absorb(&mut self, ended: Result<Outcome, JoinError>) -> Result<(), TableError> {
        let Some(error) = self.note(ended) else {
            return Ok(());
        };
        self.is_stopped = true;
        self.delivery.stop();
        while let Some(ended) = self.under_way.join_next().await {
            if let Some(error) = self.note(ended) {
                tracing::debug!(%error, "another request ended as well");
            }
        }
        Err(error)
    }

    fn note(&mut self, ended: Result<Outcome, JoinError>) -> Option<TableError> {
        let outcome = match ended {
            Ok(outcome) => outcome,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        };
        self.under_way_bytes -= outcome.bytes;
        self.totals.add(&outcome.totals);
        for place in outcome.settled {
            self.settled.done(place);
        }
        for poison in outcome.poisoned {
            self.poison(poison);
        }
        outcome.error
    }

    fn poison(&mut self, poison: Poison) {
        self.settled.done(poison.place);
        self.totals.poisoned += 1;
        self.poisoned.push(poison);
    }
}

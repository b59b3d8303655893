//! A run that is ours for as long as its lease is renewed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cloud_store::Version;
use function_core::RunState;
use tokio::sync::Mutex;

use crate::ledger::{Ledger, LedgerError};
use crate::{Lease, RunRecord, StageRecord};

/// A claimed run. A task renews the lease while this value lives; dropping it gives the lease back.
#[derive(Debug)]
pub struct Run {
    shared: Arc<Shared>,
    /// What a reader may see without waiting; the truth is in `shared`.
    record: RunRecord,
}

#[derive(Debug)]
struct Shared {
    ledger: Ledger,
    key: String,
    state: Mutex<State>,
    /// Set once the work is over: the lease is not renewed any more.
    over: AtomicBool,
}

#[derive(Debug)]
struct State {
    record: RunRecord,
    version: Version,
    /// Set once the record turned out to be somebody else's: nothing is written any more.
    lost: bool,
}

impl Run {
    pub(crate) fn new(
        ledger: Ledger,
        key: String,
        record: RunRecord,
        version: Version,
        heartbeat: Duration,
    ) -> Self {
        let state = Mutex::new(State {
            record: record.clone(),
            version,
            lost: false,
        });
        let over = AtomicBool::new(false);
        let shared = Arc::new(Shared {
            ledger,
            key,
            state,
            over,
        });
        let renewing = Arc::clone(&shared);
        tokio::spawn(async move { renewing.renew_every(heartbeat).await });
        Self { shared, record }
    }

    /// The record as it was written last.
    pub fn record(&self) -> &RunRecord {
        &self.record
    }

    /// Notes that the manifest is at `address` and that the run is verified.
    ///
    /// # Errors
    /// The run is lost, or its record can't be written.
    pub async fn published(&mut self, address: &str) -> Result<(), LedgerError> {
        let now = self.shared.ledger.clock.now();
        self.change(|record| {
            record.state = RunState::Verified;
            record.manifest = Some(address.to_owned());
            record.publishing = None;
            record.error = None;
            record.ended = Some(now);
        })
        .await
    }

    /// Notes the verdict of a step after publication.
    ///
    /// # Errors
    /// The run is lost, or its record can't be written.
    pub async fn stage(&mut self, name: &str, stage: StageRecord) -> Result<(), LedgerError> {
        self.change(|record| {
            record.stages.insert(name.to_owned(), stage);
        })
        .await
    }

    /// Changes the record and writes it.
    ///
    /// # Errors
    /// The run is lost, or its record can't be written.
    pub async fn change(&mut self, change: impl FnOnce(&mut RunRecord)) -> Result<(), LedgerError> {
        self.record = self.shared.change(change).await?;
        Ok(())
    }

    /// Gives the lease back with the record's last words; `settled` when nothing is left to do.
    ///
    /// # Errors
    /// The run is lost, or its record can't be written.
    pub async fn end(
        mut self,
        settled: bool,
        last_words: impl FnOnce(&mut RunRecord),
    ) -> Result<RunRecord, LedgerError> {
        self.shared.over.store(true, Ordering::Relaxed);
        let now = self.shared.ledger.clock.now();
        let last_words = |record: &mut RunRecord| {
            record.settled = settled;
            record.ended = Some(now);
            last_words(record);
        };
        self.record = self.shared.write(last_words, None).await?;
        Ok(self.record.clone())
    }
}

impl Drop for Run {
    /// A run whose work was cancelled gives its lease back, so that the next delivery need not wait.
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        let shared = Arc::clone(&self.shared);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if let Err(error) = shared.release().await {
                    tracing::debug!(%error, "lease not given back; it will run out");
                }
            });
        }
    }
}

impl Shared {
    /// Writes the changed record and renews the lease.
    async fn change(&self, change: impl FnOnce(&mut RunRecord)) -> Result<RunRecord, LedgerError> {
        let lease = self.ledger.lease(self.ledger.clock.now());
        self.write(change, Some(lease)).await
    }

    /// Renews the lease until the work is over or the run is lost. It is never cancelled, because a
    /// renewal that is under way may be written without our knowing.
    async fn renew_every(&self, period: Duration) {
        loop {
            tokio::time::sleep(period).await;
            if self.over.load(Ordering::Relaxed) {
                return;
            }
            match self.change(|_| {}).await {
                Ok(_) => {}
                Err(LedgerError::Lost { run }) => {
                    tracing::warn!(run, "another process has taken over the run");
                    return;
                }
                Err(error) => tracing::warn!(%error, "lease not renewed"),
            }
        }
    }

    async fn release(&self) -> Result<(), LedgerError> {
        if self.state.lock().await.record.lease.is_some() {
            self.write(|_| {}, None).await?;
        }
        Ok(())
    }

    /// Writes the changed record, on condition that nobody else wrote it.
    async fn write(
        &self,
        change: impl FnOnce(&mut RunRecord),
        lease: Option<Lease>,
    ) -> Result<RunRecord, LedgerError> {
        let mut state = self.state.lock().await;
        let mut record = RunRecord {
            lease,
            ..state.record.clone()
        };
        change(&mut record);
        if state.lost {
            return Err(LedgerError::Lost { run: record.run });
        }
        match self
            .ledger
            .write(&self.key, &record, Some(state.version.clone()))
            .await
        {
            Ok(version) => {
                state.record = record.clone();
                state.version = version;
                Ok(record)
            }
            Err(error) => {
                state.lost |= matches!(error, LedgerError::Lost { .. });
                Err(error)
            }
        }
    }
}

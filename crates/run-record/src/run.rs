//! A run that is ours for as long as its lease is renewed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cloud_store::Version;
use function_core::RunState;
use tokio::sync::{Mutex, watch};

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
    /// Becomes true once the run turned out to be somebody else's.
    lost: watch::Sender<bool>,
}

/// Tells whether a run is still this process's. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Hold {
    shared: Arc<Shared>,
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
            lost: watch::Sender::new(false),
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

    /// What tells whether the run is still this process's.
    pub fn hold(&self) -> Hold {
        Hold {
            shared: Arc::clone(&self.shared),
        }
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

impl Hold {
    /// Nothing while the run is surely this process's; renews a lease that has run out.
    ///
    /// # Errors
    /// The run is lost, or a lease that has run out can't be renewed.
    pub async fn check(&self) -> Result<(), LedgerError> {
        let now = self.shared.ledger.clock.now();
        let state = self.shared.state.lock().await;
        let is_running = state
            .record
            .lease
            .as_ref()
            .is_some_and(|lease| lease.until > now);
        if is_running && !state.lost {
            return Ok(());
        }
        drop(state);
        self.shared.change(|_| {}).await?;
        Ok(())
    }

    /// Ends when the run turns out to be somebody else's, and never before.
    pub async fn lost(&self) -> LedgerError {
        let mut lost = self.shared.lost.subscribe();
        if lost.wait_for(|lost| *lost).await.is_err() {
            // The sender lives as long as this value.
            return std::future::pending().await;
        }
        let run = self.shared.state.lock().await.record.run.clone();
        LedgerError::Lost { run }
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
                if matches!(error, LedgerError::Lost { .. }) {
                    state.lost = true;
                    self.lost.send_replace(true);
                }
                Err(error)
            }
        }
    }
}

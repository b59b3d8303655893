//! Where run records are, and how a run is claimed.

use std::time::Duration;

use cloud_store::{Put, Store, StoreError, Version};
use function_core::{Clock, Retryable, Stamp, Trigger};
use jiff::Timestamp;

use crate::{Lease, Owner, Run, RunRecord};

/// How long a claim holds without being renewed. Renewed three times as often.
const LEASE: Duration = Duration::from_secs(90);

/// The records of one function's runs.
#[derive(Clone, Debug)]
pub struct Ledger {
    pub(crate) store: Store,
    pub(crate) function: &'static str,
    pub(crate) clock: Clock,
    pub(crate) owner: Owner,
}

/// What came of an attempt to claim a run.
#[derive(Debug)]
pub enum Claim {
    /// The run is ours. Its record tells how far an earlier attempt came.
    Mine(Box<Run>),
    /// Another process is at work on it.
    Busy {
        /// The run's id.
        run: String,
        /// When its lease ends unless it is renewed.
        until: Timestamp,
    },
    /// Nothing is left to do.
    Settled(Box<RunRecord>),
}

impl Ledger {
    /// The records of `function` in the store at `RUNS_URL`.
    pub fn new(runs: &Store, function: &'static str, clock: Clock) -> Self {
        Self {
            store: runs.folder(function),
            function,
            clock,
            owner: Owner::this_process(),
        }
    }

    /// Claims the run of `source` at `stamp` for `trigger`.
    ///
    /// If another trigger has that stamp already, the run is named `{stamp}-{trigger id}`.
    ///
    /// # Errors
    /// The record can't be read or written, or somebody else claimed it at the same moment.
    pub async fn claim(
        &self,
        source: &str,
        stamp: &Stamp,
        trigger: &Trigger,
    ) -> Result<Claim, LedgerError> {
        self.claim_with(source, stamp, trigger, false).await
    }

    /// The same, but a settled run is opened again, because a person asks for it.
    ///
    /// # Errors
    /// Those of [`Ledger::claim`].
    pub async fn reopen(
        &self,
        source: &str,
        stamp: &Stamp,
        trigger: &Trigger,
    ) -> Result<Claim, LedgerError> {
        self.claim_with(source, stamp, trigger, true).await
    }

    /// The record of the run of `source` at `stamp`, whichever trigger it belongs to.
    ///
    /// # Errors
    /// The record can't be read.
    pub async fn look(
        &self,
        source: &str,
        stamp: &Stamp,
    ) -> Result<Option<RunRecord>, LedgerError> {
        let found = self.read(&record_key(source, stamp)).await?;
        Ok(found.map(|(record, _)| record))
    }

    async fn claim_with(
        &self,
        source: &str,
        stamp: &Stamp,
        trigger: &Trigger,
        again: bool,
    ) -> Result<Claim, LedgerError> {
        for stamp in [stamp.clone(), stamp.with_id(&trigger.id)] {
            let key = record_key(source, &stamp);
            let (record, version) = match self.read(&key).await? {
                Some((record, version)) => (record, Some(version)),
                None => (
                    RunRecord::new(self.function, source, &stamp, trigger, self.clock.now()),
                    None,
                ),
            };
            if record.trigger.id == trigger.id {
                return self.claim_record(key, record, version, again).await;
            }
        }
        Err(LedgerError::Taken {
            run: format!("{source}-{stamp}"),
            trigger: trigger.id.clone(),
        })
    }

    async fn claim_record(
        &self,
        key: String,
        mut record: RunRecord,
        version: Option<Version>,
        again: bool,
    ) -> Result<Claim, LedgerError> {
        if record.settled && !again {
            return Ok(Claim::Settled(Box::new(record)));
        }
        let now = self.clock.now();
        if let Some(lease) = &record.lease
            && lease.until > now
            && !lease.owner.is_known_dead()
        {
            return Ok(Claim::Busy {
                run: record.run,
                until: lease.until,
            });
        }
        if again {
            record.attempts = 0;
        }
        record.attempts += 1;
        record.settled = false;
        record.lease = Some(self.lease(now));
        let version = self.write(&key, &record, version).await?;
        Ok(Claim::Mine(Box::new(Run::new(
            self.clone(),
            key,
            record,
            version,
            LEASE / 3,
        ))))
    }

    pub(crate) fn lease(&self, now: Timestamp) -> Lease {
        Lease {
            owner: self.owner.clone(),
            until: now + LEASE,
            token: fastrand::u64(..),
        }
    }

    async fn read(&self, key: &str) -> Result<Option<(RunRecord, Version)>, LedgerError> {
        let Some((meta, content)) = self.store.read(key).await? else {
            return Ok(None);
        };
        let record =
            serde_json::from_slice(&content).map_err(|source| LedgerError::Unreadable {
                object: self.store.url(key),
                source,
            })?;
        Ok(Some((record, meta.version)))
    }

    pub(crate) async fn write(
        &self,
        key: &str,
        record: &RunRecord,
        seen: Option<Version>,
    ) -> Result<Version, LedgerError> {
        let content =
            serde_json::to_vec_pretty(record).map_err(|source| LedgerError::Unreadable {
                object: self.store.url(key),
                source,
            })?;
        let put = Put::new("application/json").unchanged(seen);
        let error = match self.store.put(key, content, &put).await {
            Ok(meta) => return Ok(meta.version),
            Err(error) if !error.is_retryable() => return Err(error.into()),
            Err(error) => error,
        };
        // When the answer to a write is lost, the record is there all the same.
        match (self.read(key).await?, error) {
            (Some((stored, version)), _) if stored == *record => Ok(version),
            (_, StoreError::Precondition { .. }) => Err(LedgerError::Lost {
                run: record.run.clone(),
            }),
            (_, error) => Err(error.into()),
        }
    }
}

fn record_key(source: &str, stamp: &Stamp) -> String {
    format!("{}/{source}-{stamp}.json", stamp.day_path())
}

/// Why a run could not be claimed or followed.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Another process took the run over, or claimed it at the same moment.
    #[error("another process has taken over the run {run}; this one stops and publishes nothing")]
    Lost {
        /// The run's id.
        run: String,
    },
    /// The stamp and its second name both belong to other triggers.
    #[error("the run {run} belongs to another trigger than {trigger}; send the message again")]
    Taken {
        /// The run's id.
        run: String,
        /// The trigger's id.
        trigger: String,
    },
    /// The record is not one of ours.
    #[error("{object} is not a run record; move it away")]
    Unreadable {
        /// The record's address.
        object: String,
        /// Where and why reading stopped.
        source: serde_json::Error,
    },
    /// The store failed.
    #[error("the run record could not be kept")]
    Store(#[from] StoreError),
}

impl Retryable for LedgerError {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Lost { .. } => true,
            Self::Store(error) => error.is_retryable(),
            Self::Taken { .. } | Self::Unreadable { .. } => false,
        }
    }
}

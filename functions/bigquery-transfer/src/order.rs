//! The record of the order that the configs are brought in: the lease, and what is known for the next time.

use function_core::{RunState, Stamp, Trigger, chain};
use jiff::Timestamp;
use run_record::{Claim, Run, RunRecord};

use crate::error::TransferError;
use crate::exports::Known;
use crate::function::BigqueryTransfer;

/// The source of the record whose lease keeps two from creating the same config.
const SOURCE: &str = "reconcile";

impl BigqueryTransfer {
    /// What the record of the order knows.
    pub(crate) async fn known(&self) -> Result<Known, TransferError> {
        self.refuse_shared().await?;
        let record = self.ledger.look(&self.order_name(), &order_stamp()).await?;
        record.map_or_else(|| Ok(Known::default()), |record| self.known_in(&record))
    }

    fn known_in(&self, record: &RunRecord) -> Result<Known, TransferError> {
        Known::of(record).map_err(|source| TransferError::Unreadable {
            object: self.order_url(),
            source,
        })
    }

    /// The name of the order that all with our marker are brought in, in our dataset.
    pub(crate) fn order_name(&self) -> String {
        format!("{SOURCE}-{}-{}", self.config.stack, self.config.dataset)
    }

    /// Where the record of the order is.
    pub(crate) fn order_url(&self) -> String {
        self.runs.url(&self.order_key())
    }

    fn order_key(&self) -> String {
        let (name, stamp) = (self.order_name(), order_stamp());
        format!("{}/{name}-{stamp}.json", stamp.day_path())
    }

    /// Refuses a `RUNS_URL` that another deployment uses, too: a day that one has loaded is settled there, so the other would
    /// load nothing, and say nothing.
    async fn refuse_shared(&self) -> Result<(), TransferError> {
        let prefix = format!("{}/{SOURCE}-", order_stamp().day_path());
        let records = self.runs.list(&prefix).await.map_err(TransferError::Days)?;
        let ours = self.order_key();
        match records.iter().find(|record| record.key != ours) {
            Some(other) => Err(TransferError::Shared {
                other: self.runs.url(&other.key),
                ours: self.order_name(),
            }),
            None => Ok(()),
        }
    }

    /// The lease, and what is known.
    pub(crate) async fn claim_order(&self) -> Result<(Run, Known), TransferError> {
        self.refuse_shared().await?;
        // One record for ever, so that there is one lease.
        let trigger = Trigger {
            id: SOURCE.to_owned(),
            time: Timestamp::UNIX_EPOCH,
        };
        let name = self.order_name();
        let run = match self.ledger.reopen(&name, &order_stamp(), &trigger).await? {
            Claim::Mine(run) => *run,
            Claim::Busy { until, .. } => return Err(TransferError::Busy { until }),
            // A record that is opened again is never settled.
            Claim::Settled(_) => {
                return Err(TransferError::Busy {
                    until: self.clock.now(),
                });
            }
        };
        match self.known_in(run.record()) {
            Ok(known) => Ok((run, known)),
            Err(error) => self.give_back(run, None, Err(error)).await,
        }
    }

    /// Gives the lease back on every path, with what is known for the next.
    pub(crate) async fn give_back<T>(
        &self,
        run: Run,
        known: Option<&Known>,
        result: Result<T, TransferError>,
    ) -> Result<T, TransferError> {
        let checkpoint = known.map(Known::to_json);
        let error = result.as_ref().err().map(|error| chain(error));
        let ended = run.end(true, |record| {
            record.state = match error {
                None => RunState::Verified,
                Some(_) => RunState::Failed,
            };
            record.error = error;
            if checkpoint.is_some() {
                record.checkpoint = checkpoint;
            }
        });
        let ended = ended.await;
        let value = result?;
        ended?;
        Ok(value)
    }
}

/// The stamp of the one record: before all days, so that no list of runs shows it among them.
fn order_stamp() -> Stamp {
    Stamp::from_name("00000000")
}

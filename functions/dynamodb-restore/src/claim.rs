//! Whose run it is now.

use function_core::{Report, RunState};
use run_record::{Claim, RunRecord};

use crate::checkpoint::Checkpoint;
use crate::error::RestoreError;
use crate::identity::Identity;
use crate::job::Job;
use crate::keeper::Keeper;

/// What came of a claim.
pub(crate) enum Claimed {
    Mine(Box<Keeper>),
    /// There is nothing to do now.
    Ended(Box<Report>),
}

impl Job<'_> {
    /// The record of a run, if it is of the same request.
    pub(crate) async fn find(
        &self,
        identity: &Identity,
    ) -> Result<Option<RunRecord>, RestoreError> {
        let Identity {
            source,
            stamp,
            trigger,
        } = identity;
        for stamp in [stamp.clone(), stamp.with_id(&trigger.id)] {
            let record = self.function.ledger.look(source, &stamp).await?;
            if let Some(record) = record.filter(|record| record.trigger.id == trigger.id) {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    /// Whether this request begins the restore anew. An attempt does that once, whatever of it is sent again.
    pub(crate) async fn is_forced(&self) -> Result<bool, RestoreError> {
        let Some(execution) = self.ask.execution.as_ref().filter(|_| self.ask.force) else {
            return Ok(self.ask.force);
        };
        let record = self.find(&self.identity).await?;
        let checkpoint = record
            .as_ref()
            .and_then(|record| record.checkpoint.as_ref());
        Ok(Checkpoint::of(checkpoint).forced_by.as_ref() != Some(execution))
    }

    /// Claims a run; `again` opens one that has ended.
    pub(crate) async fn claim(
        &self,
        identity: &Identity,
        again: bool,
    ) -> Result<Claimed, RestoreError> {
        let Identity {
            source,
            stamp,
            trigger,
        } = identity;
        let ledger = &self.function.ledger;
        let claim = if again {
            ledger.reopen(source, stamp, trigger).await?
        } else {
            ledger.claim(source, stamp, trigger).await?
        };
        Ok(match claim {
            Claim::Mine(run) => Claimed::Mine(Box::new(Keeper::new(
                *run,
                &self.function.runs,
                &self.function.clock,
            ))),
            Claim::Settled(record) => Claimed::Ended(Box::new(settled(*record))),
            Claim::Busy { run, until } => {
                let mut report = Report::new(run, RunState::Running);
                report.progress = Some(format!("another invocation is at work, until {until}"));
                Claimed::Ended(Box::new(report))
            }
        })
    }
}

/// A settled run, in words that say that nothing was done.
pub(crate) fn settled(record: RunRecord) -> Report {
    let ended = record
        .ended
        .map_or_else(String::new, |ended| format!(" on {ended}"));
    let mut report = record.into_report();
    report.warnings.push(format!(
        "this restore ended{ended}; nothing was written now; send \"force\": true to begin it anew"
    ));
    report
}

//! A verified restore read back once more, by more than it was: nothing is written.

use function_core::RunState;
use run_record::RunRecord;

use crate::checkpoint::Checkpoint;
use crate::claim::Claimed;
use crate::error::RestoreError;
use crate::job::{Job, Stopped};
use crate::tell::{BadEnd, Conclusion};

impl Job<'_> {
    /// Whether all that is left of the run of `record` is to read the table back by more than it was.
    pub(crate) fn reads_again(&self, record: Option<&RunRecord>) -> bool {
        let Some(record) = record.filter(|_| !self.force) else {
            return false;
        };
        let checkpoint = Checkpoint::of(record.checkpoint.as_ref());
        if !record.settled {
            return checkpoint.is_verified;
        }
        let read = checkpoint.reading.map(|reading| reading.verify);
        record.state == RunState::Verified && read.is_some_and(|read| read < self.ask.verify)
    }

    /// Reads the table back. What it finds ends the run for good: nothing is written again unless that is forced.
    ///
    /// # Errors
    /// The backup or the table can't be read, or the run is lost.
    pub(crate) async fn read_again(self) -> Result<Conclusion, RestoreError> {
        let mut keeper = match self.claim(&self.identity, true).await? {
            Claimed::Mine(keeper) => *keeper,
            Claimed::Ended(report) => return Ok((*report).into()),
        };
        keeper.checkpoint.is_verified = true;
        let outcome = match self.target() {
            Ok(target) => self.check(&mut keeper, target).await,
            Err(error) => Err(error),
        };
        let outcome = outcome.map(|stopped| match stopped {
            Stopped::Bad(end) => Stopped::Bad(BadEnd {
                settled: true,
                ..end
            }),
            stopped => stopped,
        });
        self.conclude(keeper, outcome).await
    }
}

//! How long operations are sent again.

use std::time::Duration;

use aws_client::AwsError;
use function_core::Backoff;

use crate::{TableError, Time};

/// How long operations are sent again that the service does not take, counted from the last of them that it took.
const BUSY_WITHIN: Duration = Duration::from_mins(3);

/// The bound of the first delay, and of the longest. The jitter is full.
const FIRST_DELAY: Duration = Duration::from_millis(50);
const LONGEST_DELAY: Duration = Duration::from_secs(10);

/// How often and how long operations were not taken.
#[derive(Debug)]
pub(super) struct Patience {
    time: Time,
    backoff: Backoff,
    since: Duration,
}

impl Patience {
    pub(super) fn new(time: Time, random: fn() -> f64) -> Self {
        Self {
            backoff: Backoff::with_random(FIRST_DELAY, LONGEST_DELAY, random),
            since: time.passed(),
            time,
        }
    }

    /// Waits before the next attempt at so many operations.
    ///
    /// # Errors
    /// It was tried long enough: `error`, if there is one.
    pub(super) async fn wait(
        &mut self,
        table: &str,
        operations: usize,
        error: Option<AwsError>,
    ) -> Result<(), TableError> {
        let passed = self.time.passed().saturating_sub(self.since);
        if passed >= BUSY_WITHIN {
            return Err(error.map_or_else(
                || TableError::Busy {
                    table: table.to_owned(),
                    operations,
                    seconds: passed.as_secs(),
                },
                TableError::Aws,
            ));
        }
        self.time.wait(self.backoff.next_delay()).await;
        Ok(())
    }
}

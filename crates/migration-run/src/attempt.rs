//! Trying again what met a passing fault.

use std::fmt;
use std::time::Duration;

use function_core::{Backoff, Retryable, retry};
use tokio_postgres::error::SqlState;

use crate::RunError;
use crate::line::Line;
use crate::message::Message;
use crate::wire::{self, Stumble};

/// The first wait is at most this, and each may be twice as long as the one before.
const WAIT: Duration = Duration::from_millis(500);
const WAIT_MAX: Duration = Duration::from_secs(10);

/// Calls `attempt` until it succeeds, fails for good, or was called as often as the options say.
pub(crate) async fn persist<Attempt, Attempting>(
    line: &Line<'_>,
    attempt: Attempt,
) -> Result<(), RunError>
where
    Attempt: Fn() -> Attempting,
    Attempting: Future<Output = Result<(), RunError>>,
{
    let once = || async {
        attempt().await.map_err(|error| match error {
            // Whoever told it to stop does not wait for all attempts.
            RunError::Failed { place, source, .. }
                if source.is_passing() && line.options.stop.is_told() =>
            {
                let at = format!("at {place}");
                Failed(RunError::Stopped { at })
            }
            error => Failed(error),
        })
    };
    let backoff = Backoff::new(WAIT, WAIT_MAX);
    let done = retry(
        line.options.attempts,
        backoff,
        |delay| line.sleep(delay),
        once,
    )
    .await;
    done.map_err(|Failed(error)| error)
}

/// Why `message` of `file` stopped. Where the session is still there, its transaction is rolled back.
pub(crate) async fn refusal(
    line: &Line<'_>,
    file: &str,
    message: &Message<'_>,
    stumble: Stumble,
) -> RunError {
    let place = message.place(file, &stumble);
    let source = stumble.error;
    if line.is_lost(&source) {
        let at = format!("in {file}");
        return RunError::Lost { at, source };
    }
    if let Err(error) = wire::send(&line.server.session, "ROLLBACK").await {
        tracing::debug!(error = %error.error, "the transaction ends with the session");
    }
    if source.is_lock_lost() {
        let file = file.to_owned();
        return RunError::LockGone { file, source };
    }
    if line.options.stop.is_told() && source.state() == Some(&SqlState::QUERY_CANCELED) {
        let at = format!("in {file} at line {}", place.line);
        return RunError::Stopped { at };
    }
    RunError::Failed {
        place: Box::new(place),
        repair: line.repair(&source),
        source,
    }
}

/// An attempt that went wrong.
#[derive(Debug)]
struct Failed(RunError);

impl fmt::Display for Failed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is left of the file, whoever calls knows.
        match &self.0 {
            RunError::Failed { place, source, .. } => write!(formatter, "{place}: {source}"),
            error => formatter.write_str(&function_core::chain(error)),
        }
    }
}

impl Retryable for Failed {
    fn is_retryable(&self) -> bool {
        matches!(&self.0, RunError::Failed { source, .. } if source.is_passing())
    }
}

//! The one retry loop.

use std::fmt::Display;
use std::num::NonZeroU32;
use std::time::Duration;

use crate::{Backoff, Retryable};

/// Calls `attempt` until it succeeds, fails for good, or has been called `attempts` times.
///
/// Between attempts it sleeps for as long as the service asked, else for the next delay of
/// `backoff`. `sleep` is an argument so that tests need not wait.
///
/// # Errors
/// The last error, as it was.
pub async fn retry<T, E, Attempt, Attempting, Sleep, Sleeping>(
    attempts: NonZeroU32,
    mut backoff: Backoff,
    sleep: Sleep,
    mut attempt: Attempt,
) -> Result<T, E>
where
    E: Retryable + Display,
    Attempt: FnMut() -> Attempting,
    Attempting: Future<Output = Result<T, E>>,
    Sleep: Fn(Duration) -> Sleeping,
    Sleeping: Future<Output = ()>,
{
    let mut number = 1;
    loop {
        let error = match attempt().await {
            Ok(value) => return Ok(value),
            Err(error) if number >= attempts.get() || !error.is_retryable() => return Err(error),
            Err(error) => error,
        };
        let delay = error.retry_after().unwrap_or_else(|| backoff.next_delay());
        tracing::warn!(attempt = number, delay_ms = delay.as_millis(), %error, "trying again");
        sleep(delay).await;
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    #[derive(Debug, PartialEq, thiserror::Error)]
    #[error("fault")]
    struct Fault {
        lasting: bool,
        wait: Option<Duration>,
    }

    impl Retryable for Fault {
        fn is_retryable(&self) -> bool {
            !self.lasting
        }
        fn retry_after(&self) -> Option<Duration> {
            self.wait
        }
    }

    const PASSING: Fault = Fault {
        lasting: false,
        wait: None,
    };

    async fn run(results: Vec<Result<u8, Fault>>) -> (Result<u8, Fault>, usize, Vec<u64>) {
        let results = RefCell::new(results.into_iter());
        let calls = Cell::new(0);
        let slept = RefCell::new(Vec::new());
        let backoff = Backoff::with_random(Duration::from_secs(1), Duration::from_mins(1), || 1.0);
        let result = retry(
            NonZeroU32::new(3).unwrap(),
            backoff,
            |delay| {
                slept.borrow_mut().push(delay.as_secs());
                std::future::ready(())
            },
            || {
                calls.set(calls.get() + 1);
                std::future::ready(results.borrow_mut().next().unwrap())
            },
        )
        .await;
        (result, calls.get(), slept.into_inner())
    }

    #[tokio::test]
    async fn a_passing_fault_is_tried_again() {
        let outcome = run(vec![Err(PASSING), Err(PASSING), Ok(7)]).await;
        assert_eq!(outcome, (Ok(7), 3, vec![1, 2]));
    }

    #[tokio::test]
    async fn gives_up_after_the_last_attempt() {
        let outcome = run(vec![Err(PASSING), Err(PASSING), Err(PASSING)]).await;
        assert_eq!(outcome, (Err(PASSING), 3, vec![1, 2]));
    }

    #[tokio::test]
    async fn a_lasting_fault_ends_at_once() {
        let fault = Fault {
            lasting: true,
            wait: None,
        };
        let (result, calls, slept) = run(vec![Err(fault), Ok(1)]).await;
        assert!(result.is_err() && calls == 1 && slept.is_empty());
    }

    #[tokio::test]
    async fn waits_as_long_as_the_service_asks() {
        let fault = Fault {
            lasting: false,
            wait: Some(Duration::from_secs(30)),
        };
        let outcome = run(vec![Err(fault), Ok(1)]).await;
        assert_eq!(outcome, (Ok(1), 2, vec![30]));
    }
}

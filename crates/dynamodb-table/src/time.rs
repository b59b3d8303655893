//! Time as a value: what has passed, and how to wait.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::Instant;

/// Tells how much time has passed, and waits. Cloning is cheap; clones share one time.
#[derive(Clone)]
pub struct Time {
    passed: Arc<dyn Fn() -> Duration + Send + Sync>,
    wait: Arc<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>,
}

impl Time {
    /// tokio's clock and timer.
    pub fn tokio() -> Self {
        let start = Instant::now();
        Self::from_fns(move || start.elapsed(), tokio::time::sleep)
    }

    /// The time since some moment as `passed` tells it, waiting by `wait`.
    pub fn from_fns<F>(
        passed: impl Fn() -> Duration + Send + Sync + 'static,
        wait: impl Fn(Duration) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self {
            passed: Arc::new(passed),
            wait: Arc::new(move |delay| Box::pin(wait(delay))),
        }
    }

    pub(crate) fn passed(&self) -> Duration {
        (self.passed)()
    }

    pub(crate) fn wait(&self, delay: Duration) -> BoxFuture<'static, ()> {
        (self.wait)(delay)
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Time").field(&self.passed()).finish()
    }
}

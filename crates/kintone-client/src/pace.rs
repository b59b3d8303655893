//! How many requests run at once, and how that yields to the domain's other users.

use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::header::HeaderMap;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::limits;
use crate::options::Sleep;

/// The pace of one client: up to so many requests at once, and one at a time, after a pause each,
/// while the domain is busy.
#[derive(Debug)]
pub(crate) struct Pace {
    turns: Semaphore,
    /// Held besides a turn while the domain is busy.
    lane: Semaphore,
    is_busy: AtomicBool,
    sleep: Sleep,
}

/// The right to have one request under way.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    _turn: Option<SemaphorePermit<'a>>,
    _lane: Option<SemaphorePermit<'a>>,
}

impl Pace {
    pub(crate) fn new(max_concurrency: usize, sleep: Sleep) -> Self {
        Self {
            turns: Semaphore::new(max_concurrency),
            lane: Semaphore::new(1),
            is_busy: AtomicBool::new(false),
            sleep,
        }
    }

    /// Waits until a request may begin. The semaphores are never closed, so a turn is always
    /// given in the end.
    pub(crate) async fn turn(&self) -> Turn<'_> {
        let turn = self.turns.acquire().await.ok();
        if !self.is_busy() {
            return Turn {
                _turn: turn,
                _lane: None,
            };
        }
        let lane = self.lane.acquire().await.ok();
        if self.is_busy() {
            self.sleep.of(limits::BUSY_PAUSE).await;
        }
        Turn {
            _turn: turn,
            _lane: lane,
        }
    }

    /// Learns from an answer's headers how busy the domain is.
    pub(crate) fn observe(&self, headers: &HeaderMap) {
        let number = |name| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
        let Some(running) = number("x-concurrencylimit-running") else {
            return;
        };
        let limit = number("x-concurrencylimit-limit").unwrap_or(limits::DOMAIN_REQUESTS);
        if running * 100 > limit * limits::BUSY_PERCENT {
            self.slow_down();
        } else if running * 100 <= limit * limits::CALM_PERCENT
            && self.is_busy.swap(false, Ordering::Relaxed)
        {
            tracing::info!(running, limit, "the domain is calm again");
        }
    }

    /// The domain is too busy.
    pub(crate) fn slow_down(&self) {
        if !self.is_busy.swap(true, Ordering::Relaxed) {
            tracing::warn!("the domain is busy, slowing down");
        }
    }

    fn is_busy(&self) -> bool {
        self.is_busy.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;

    use futures_util::FutureExt as _;
    use reqwest::header::HeaderValue;

    use super::*;

    fn pace() -> (Pace, Arc<AtomicUsize>) {
        let pauses = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&pauses);
        let sleep = Sleep::from_fn(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            std::future::ready(())
        });
        (Pace::new(4, sleep), pauses)
    }

    fn running(number: u64) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("x-concurrencylimit-limit", HeaderValue::from_static("100"));
        headers.insert("x-concurrencylimit-running", HeaderValue::from(number));
        headers
    }

    #[tokio::test]
    async fn a_calm_domain_is_not_waited_for() {
        let (pace, pauses) = pace();
        pace.observe(&running(70));
        let _turns = (pace.turn().await, pace.turn().await);
        assert_eq!(pauses.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn a_busy_domain_gets_one_request_at_a_time_after_a_pause() {
        let (pace, pauses) = pace();
        pace.observe(&running(71));
        let first = pace.turn().await;
        assert_eq!(pauses.load(Ordering::Relaxed), 1);
        assert!(pace.turn().now_or_never().is_none());
        drop(first);
        assert!(pace.turn().now_or_never().is_some());
        assert_eq!(pauses.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn the_pace_comes_back_when_the_domain_is_calm_again() {
        let (pace, pauses) = pace();
        pace.observe(&running(90));
        pace.observe(&running(60));
        drop(pace.turn().await);
        assert_eq!(pauses.load(Ordering::Relaxed), 1);
        pace.observe(&running(50));
        let _turns = (pace.turn().await, pace.turn().await);
        assert_eq!(pauses.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn an_answer_without_the_headers_changes_nothing() {
        let (pace, pauses) = pace();
        pace.slow_down();
        pace.observe(&HeaderMap::new());
        drop(pace.turn().await);
        assert_eq!(pauses.load(Ordering::Relaxed), 1);
    }
}

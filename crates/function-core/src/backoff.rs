//! Delays between attempts, with full jitter.

use std::fmt;
use std::time::Duration;

/// Exponential delays with full jitter: the n-th is uniform in `0..=min(cap, base * 2^n)`.
///
/// Full jitter spreads clients that failed together.
/// Source: AWS Architecture Blog, "Exponential Backoff And Jitter".
pub struct Backoff {
    base: Duration,
    cap: Duration,
    doublings: u32,
    random: Box<dyn FnMut() -> f64 + Send>,
}

impl Backoff {
    /// Delays that start within `base` and never exceed `cap`.
    pub fn new(base: Duration, cap: Duration) -> Self {
        Self::with_random(base, cap, fastrand::f64)
    }

    /// The same with a given source of numbers in `0.0..1.0`, for tests.
    pub fn with_random(
        base: Duration,
        cap: Duration,
        random: impl FnMut() -> f64 + Send + 'static,
    ) -> Self {
        Self {
            base,
            cap,
            doublings: 0,
            random: Box::new(random),
        }
    }

    /// The next delay; each call doubles the bound until it reaches the cap.
    pub fn next_delay(&mut self) -> Duration {
        let factor = 2_u32.saturating_pow(self.doublings);
        let bound = self.base.saturating_mul(factor).min(self.cap);
        self.doublings = self.doublings.saturating_add(1);
        bound.mul_f64((self.random)().clamp(0.0, 1.0))
    }
}

impl fmt::Debug for Backoff {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Backoff")
            .field("base", &self.base)
            .field("cap", &self.cap)
            .field("doublings", &self.doublings)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_double_until_the_cap() {
        let second = Duration::from_secs(1);
        let mut backoff = Backoff::with_random(second, 5 * second, || 1.0);
        let delays: Vec<_> = (0..5).map(|_| backoff.next_delay().as_secs()).collect();
        assert_eq!(delays, [1, 2, 4, 5, 5]);
    }

    #[test]
    fn jitter_is_full() {
        let mut backoff =
            Backoff::with_random(Duration::from_secs(8), Duration::from_mins(1), || 0.25);
        assert_eq!(backoff.next_delay(), Duration::from_secs(2));
    }

    #[test]
    fn never_overflows() {
        let mut backoff =
            Backoff::with_random(Duration::from_secs(1), Duration::from_mins(1), || 1.0);
        for _ in 0..200 {
            assert!(backoff.next_delay() <= Duration::from_mins(1));
        }
    }
}

//! What time a simulator has.

use std::time::Duration;

use jiff::Timestamp;

/// The time, which a test may set or move.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock {
    fixed: Option<Timestamp>,
    ahead: Duration,
}

impl Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "a simulator has no other clock to take"
    )]
    pub(crate) fn now(self) -> Timestamp {
        self.fixed.unwrap_or_else(Timestamp::now) + self.ahead
    }

    pub(crate) fn set(&mut self, now: Timestamp) {
        *self = Self {
            fixed: Some(now),
            ahead: Duration::ZERO,
        };
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.ahead += by;
    }
}

//! How fast is written: as fast as the service takes it, never faster than the bound.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::{Billing, Time};

/// The part of the bound that is used. The rest makes up for bursts and for the size of a request, so that no second is above the bound.
const FILL: f64 = 0.95;

/// How much unused time may be made up for, in seconds.
const BURST_SECONDS: f64 = 0.025;

/// What a refusal leaves of the rate.
const CUT: f64 = 0.7;

/// What a second adds to the rate, as a part of it, for each second that has passed since a refusal: little where the service just said
/// that it is the most, and more and more where it may have room again.
const RAISE_PER_SECOND: f64 = 0.05;

/// The seconds since a refusal that count for it, at most: then the rate doubles each second.
const RAISE_SECONDS_MOST: f64 = 20.0;

/// The least rate, as a part of the bound.
const LEAST: f64 = 0.01;

/// Over how long the rate that the service takes is measured, in seconds.
const MEASURE_SECONDS: f64 = 0.5;

/// A rate in write units a second that all requests share.
///
/// Each request waits for its turn by what it will probably consume; its answer corrects that. A refusal cuts the rate, once for all
/// requests that had their places; time without refusals raises it, the faster the longer that lasts.
#[derive(Debug)]
pub(super) struct Pace {
    time: Time,
    most: f64,
    state: Mutex<State>,
}

/// Times are in seconds since the start of [`Time`].
#[derive(Debug)]
struct State {
    rate: f64,
    /// When the next request may begin.
    free_at: f64,
    /// When the rate was last cut or raised.
    changed_at: f64,
    cut_at: f64,
    /// When the rate was last cut, or was set at first: nobody knows yet whether the service takes more.
    calm_since: f64,
    measured_from: f64,
    /// What was consumed since.
    consumed: f64,
    /// What the service took a second, when it was last measured.
    taken: Option<f64>,
}

/// A request's place in the rate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    estimate: f64,
    given_at: f64,
}

impl Pace {
    /// A pace that begins at `max_wru`, or at what a provisioned table has, where that is less.
    pub(super) fn new(billing: Billing, max_wru: f64, time: Time) -> Self {
        let most = max_wru.max(1.0) * FILL;
        let provisioned = match billing {
            Billing::OnDemand => most,
            #[expect(clippy::cast_precision_loss, reason = "it is far below 2^53")]
            Billing::Provisioned { write_units } => write_units as f64,
        };
        let now = time.passed().as_secs_f64();
        let state = State {
            rate: most.min(provisioned),
            free_at: now,
            changed_at: now,
            cut_at: f64::NEG_INFINITY,
            calm_since: now,
            measured_from: now,
            consumed: 0.0,
            taken: None,
        };
        Self {
            time,
            most,
            state: Mutex::new(state),
        }
    }

    /// The time that it goes by.
    pub(super) fn time(&self) -> &Time {
        &self.time
    }

    /// Waits until a request that will probably consume `estimate` may begin.
    pub(super) async fn turn(&self, estimate: f64) -> Turn {
        let now = self.now();
        let begins_at = {
            let mut state = self.state();
            let begins_at = state.free_at.max(now - BURST_SECONDS);
            state.free_at = begins_at + estimate / state.rate;
            begins_at
        };
        if begins_at > now {
            self.time
                .wait(Duration::from_secs_f64(begins_at - now))
                .await;
        }
        Turn {
            estimate,
            given_at: now,
        }
    }

    /// The request of `turn` was answered and consumed so much; nothing of it was refused for being too much.
    pub(super) fn consumed(&self, turn: Turn, consumed: f64) {
        let now = self.now();
        let mut state = self.state();
        state.free_at += (consumed - turn.estimate) / state.rate;
        state.measure(now, consumed);
    }

    /// Nothing of the request of `turn` was refused.
    pub(super) fn taken(&self, turn: Turn) {
        let now = self.now();
        let mut state = self.state();
        // A place that was given before the rate was cut proves nothing of the new one.
        if turn.given_at > state.cut_at {
            let seconds = (now - state.changed_at).clamp(0.0, 1.0);
            let calm = (now - state.calm_since).min(RAISE_SECONDS_MOST);
            let raise = 1.0 + seconds * calm * RAISE_PER_SECOND;
            state.rate = (state.rate * raise).min(self.most);
            state.changed_at = now;
        }
    }

    /// The request of `turn` was refused, in whole or in part, because it was too much; it consumed so much all the same. What was
    /// refused is not given back to the rate: it is sent again soon, and would be above the rate.
    pub(super) fn refused(&self, turn: Turn, consumed: f64) {
        let now = self.now();
        let mut state = self.state();
        state.measure(now, consumed);
        if turn.given_at > state.cut_at {
            // It is measured over so few requests that half of it may be chance.
            let taken = state.taken.unwrap_or(state.rate);
            let taken = taken.clamp(state.rate / 2.0, state.rate);
            state.rate = (taken * CUT).max(self.most * LEAST);
            state.cut_at = now;
            (state.calm_since, state.changed_at) = (now, now);
            tracing::debug!(wru_per_second = state.rate, "writing slower");
        }
    }

    fn now(&self) -> f64 {
        self.time.passed().as_secs_f64()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Counts what was consumed for the rate that the service takes.
    fn measure(&mut self, now: f64, consumed: f64) {
        self.consumed += consumed;
        let measured = now - self.measured_from;
        if measured >= MEASURE_SECONDS {
            self.taken = Some(self.consumed / measured);
            (self.measured_from, self.consumed) = (now, 0.0);
        }
    }
}

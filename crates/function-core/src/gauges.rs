//! Numbers that alarms watch.

use tracing::info;

/// The target of the log event that carries gauges. Telemetry writes it in the platform's form.
pub const METRIC_TARGET: &str = "metric";

/// Numbers that alarms watch, logged together. The code that counts knows nothing of the platform.
///
/// The names are fixed, because a field of a log event can't be made at run time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gauges {
    /// Seconds since the verification that is longest ago; `None` while a source has none.
    pub oldest_verified_age: Option<u64>,
    /// Sources whose newest run is incomplete or failed.
    pub unverified: u64,
    /// Sources whose newest verified run lost more than it may.
    pub shrunk: u64,
}

impl Gauges {
    /// Logs the gauges, whatever the log level of other events is.
    pub fn log(&self) {
        info!(
            target: METRIC_TARGET,
            OldestVerifiedAge = self.oldest_verified_age,
            Unverified = self.unverified,
            Shrunk = self.shrunk,
            "gauges"
        );
    }
}

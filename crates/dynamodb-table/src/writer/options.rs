//! How items are written.

use crate::Time;

/// How items are written.
#[derive(Clone, Debug)]
pub struct WriterOptions {
    /// What becomes of an item that is there already.
    pub mode: Mode,
    /// Write units a second, at most, in each second.
    pub max_wru: f64,
    /// Requests under way at once, at least 1.
    pub max_concurrency: usize,
    /// How to wait.
    pub time: Time,
    /// Numbers in `0.0..1.0`, for the jitter of delays.
    pub random: fn() -> f64,
}

impl Default for WriterOptions {
    fn default() -> Self {
        Self {
            mode: Mode::Put,
            max_wru: 1000.0,
            max_concurrency: 16,
            time: Time::tokio(),
            random: fastrand::f64,
        }
    }
}

/// What becomes of an item that is there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is replaced.
    Put,
    /// It is left alone.
    PutAbsent,
    /// It is replaced where its value of `attribute` is less. Without that attribute, or with one of another type, on
    /// either side, it is left alone.
    PutNewer {
        /// The attribute, such as `updatedAt`.
        attribute: String,
    },
}

//! The vocabulary that every function shares; no cloud, no HTTP, no runtime.
//!
//! | word | what it is |
//! |---|---|
//! | [`Event`] | what triggered a run: an id and a time that a redelivery repeats, and a payload |
//! | [`Outcome`] | what the caller should do next: nothing, trigger again, or give up |
//! | [`Report`] | what a run did, and whether it is verified |
//! | [`Manifest`] | what a run wrote: objects with their sizes and checksums |
//! | [`VerifiedMessage`] | what a verified export says to whoever goes on with it |
//! | [`Stamp`] | the name of a generation: the event's time in the company's zone |
//! | [`Env`] | the environment as a value, and [`Settings`] that names all faults at once |
//! | [`Pattern`] | which names are meant, with `*` for any characters |
//! | [`Secret`] | a value that does not print |
//! | [`Clock`] | the time as a value |
//! | [`retry`] | the one retry loop, with [`Backoff`] |

mod backoff;
mod clock;
mod digest;
mod env;
mod error;
mod event;
mod first_few;
mod gauges;
mod manifest;
mod outcome;
mod pattern;
mod report;
mod retry;
mod secret;
mod stamp;
mod verified_export;

pub use backoff::Backoff;
pub use clock::Clock;
pub use digest::{Sha256, sha256_hex};
pub use env::{ConfigError, Env, Fault, Settings};
pub use error::{Retryable, chain};
pub use event::{Event, PayloadError};
pub use first_few::first_few;
pub use gauges::{Gauges, METRIC_TARGET};
pub use manifest::{FORMAT_VERSION, Manifest, ObjectEntry, Trigger};
pub use outcome::{Exit, Failure, Outcome};
pub use pattern::Pattern;
pub use report::{GoesOn, Report, RunState};
pub use retry::retry;
pub use secret::Secret;
pub use stamp::Stamp;
pub use verified_export::{Table, VerifiedMessage};

/// The name and version that manifests and run records carry, such as `tasuki 0.0.0`.
pub const TOOL: &str = concat!("tasuki ", env!("CARGO_PKG_VERSION"));

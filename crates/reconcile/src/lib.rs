//! Follows long work on a service, tick by tick, to a verdict.
//!
//! A service that exports for an hour can't be waited for inside a function that may run for
//! minutes. So a function looks at the service whenever it is triggered (by its schedule, a short
//! tick, an event, a person), decides, acts, and ends. What all such functions share is here:
//!
//! ```text
//! let run = match machine.begin(&unit, false).await? {
//!     Begun::Mine(run) => run,
//!     Begun::Ended(report) => return …,          // settled, or another invocation is at work
//! };
//! let verdict = …;                               // observe, plan, apply, verify: the function's own
//! let conclusion = machine.conclude(&unit, run, verdict).await?;
//! ```
//!
//! | verdict | what becomes of it |
//! |---|---|
//! | [`Verdict::Underway`] | the run record says what is waited for; the next tick looks again |
//! | [`Verdict::Verified`] | manifest, then `latest.json`, then the "export verified" message, then the run record |
//! | [`Verdict::Unverified`] | the run record says why, and a person is told, once |
//!
//! | object | content |
//! |---|---|
//! | `runs/{function}/{yyyy}/{MM}/{dd}/{run}.json` | the run record |
//! | `verified/{function}/{source}/{stamp}.manifest.json` | what was verified: [`ExportManifest`] |
//! | `verified/{function}/{source}/latest.json` | the newest verified run; it only moves forward |

mod error;
mod gauges;
mod machine;
mod manifest;
mod message;
mod news;
mod publish;
mod request;
mod settings;
mod shrink;
mod tally;
mod tell;
mod unit;
mod verdict;
mod withdraw;

pub use error::MachineError;
pub use machine::{Begun, Conclusion, Machine};
pub use manifest::{Details, Export, ExportManifest, manifest_key};
pub use request::Request;
pub use settings::{Common, StartError, Surroundings, bucket, optional_bucket, prefix};
pub use tally::Tally;
pub use unit::Unit;
pub use verdict::{Unverified, Verdict, Verified};

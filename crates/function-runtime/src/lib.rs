//! One [`launch`] for Lambda, Cloud Run services, Cloud Run jobs and the command line.
//!
//! A function's `main.rs` is one call; where it runs is told by the platform's own variables:
//!
//! | where | told by | event | outcome |
//! |---|---|---|---|
//! | command line | any argument, or none of the below | `--event FILE` | report on standard output, exit code |
//! | Lambda (feature `lambda`) | `AWS_LAMBDA_RUNTIME_API` | the invocation | the reports, or an error of a stable type |
//! | Cloud Run job | `CLOUD_RUN_JOB` | `EVENT`, else `{}` | exit code, once no run is under way any more |
//! | service (feature `service`) | `K_SERVICE` or `PORT` | each `POST` | see `functions_framework` |
//!
//! A [`Site`], which starts by [`launch_site`], takes events everywhere but as a service: there it shows pages.
//!
//! On Lambda a passing fault is an error of type `KintoneExport.Retryable`, a lasting one of type
//! `KintoneExport.Permanent`, a panic of type `KintoneExport.Panicked` (the function's name in
//! `PascalCase`). Lambda tries each of them again when the invocation was asynchronous; how often
//! is up to the function's `EventInvokeConfig`.
//!
//! On the command line an event may also be what Lambda is invoked with: `{"scheduledTime": …}` of `EventBridge`
//! Scheduler, or an event of `EventBridge`. With `--wait` it looks again until all runs have ended.
//!
//! Everything runs on one thread: a function waits for the network most of its time.

mod command_line;
mod error;
mod follow;
mod go_on;
mod job;
mod lambda;
mod launch;
mod platform;
mod print;
mod progress;
mod run;
#[cfg(test)]
mod scripted;
mod service;
mod site;
mod trigger;
mod wait;

use function_core::{Event, Outcome};

pub use command_line::Invocation;
pub use error::{RuntimeError, ScheduledTimeError};
pub use go_on::go_on;
pub use launch::{launch, launch_site, write_start_fault};
pub use print::{Style, write_outcome};
pub use progress::{Progress, Stage, Step};
pub use run::run_once;
pub use service::{serve, serve_site};
pub use site::Site;

/// What every function is to its platform.
pub trait Function: Send + Sync + 'static {
    /// Does what `event` asks for. It may be called again with the same event, also while the
    /// first call is still running.
    fn handle(&self, event: Event) -> impl Future<Output = Outcome> + Send;
}

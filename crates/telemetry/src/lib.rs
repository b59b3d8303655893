//! Logs: one line an event, in the form that the platform reads; used by start-up only.
//!
//! A line holds the message, the event's fields, and the fields of the spans around it, the
//! inner before the outer. On the platforms it is JSON, so that a control character in a value
//! never breaks a line.
//!
//! On Lambda the gauges (`function_core::Gauges`, target `metric`) become metrics in the namespace
//! `Tasuki`, with the dimension `FunctionName`, whatever the level is: alarms read them. Elsewhere
//! they are an ordinary line.

mod fields;
mod google_cloud;
mod lambda;
mod layer;
mod level;
mod panic;
mod terminal;
#[cfg(test)]
mod tests;

use std::io::Write as _;

use function_core::{Clock, ConfigError, Env, Fault};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::google_cloud::GoogleCloud;
use crate::lambda::Lambda;
use crate::layer::{Formatter, LogLayer};

/// Who reads the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Cloud Logging and Error Reporting: JSON on standard output.
    GoogleCloud,
    /// `CloudWatch` Logs, in Lambda's own JSON form, on standard output.
    Lambda,
    /// A person: plain text on standard error.
    Terminal,
}

/// Sends the logs, and panics too, to whom `format` names. The first call of a process counts.
///
/// Settings:
/// - `LOG_LEVEL`, else `RUST_LOG`: `error`, `warn`, `info`, `debug`, `trace` or `off`, also by
///   module as in `info,kintone_client=debug`. Default `info`. Lambda's own
///   `AWS_LAMBDA_LOG_LEVEL` comes before both.
/// - `GOOGLE_CLOUD_PROJECT`: the project that traces belong to; without it lines are not linked to
///   their trace.
///
/// # Errors
/// The level is none.
pub fn init(format: Format, env: &Env) -> Result<(), ConfigError> {
    let mut level = level::from_env(env)?;
    if format == Format::Lambda {
        level = level::with_gauges(level);
    }
    let (formatter, write): (_, fn(&[u8])) = match format {
        Format::GoogleCloud => (
            Formatter::GoogleCloud(GoogleCloud::from_env(env)),
            to_stdout,
        ),
        Format::Lambda => (Formatter::Lambda(Lambda::from_env(env)), to_stdout),
        Format::Terminal => (Formatter::Terminal, to_stderr),
    };
    let layer = LogLayer::new(formatter, Clock::system(), write);
    let subscriber = tracing_subscriber::registry().with(level).with(layer);
    if tracing::subscriber::set_global_default(subscriber).is_ok() {
        std::panic::set_hook(Box::new(panic::log));
    }
    Ok(())
}

/// The same; where the level is none, at the usual one: what is wrong in the settings is told in a log, too.
#[must_use]
pub fn init_anyway(format: Format, env: &Env) -> Vec<Fault> {
    let Err(error) = init(format, env) else {
        return Vec::new();
    };
    init(format, &Env::default()).ok();
    error.faults
}

/// A line that can't be written is lost: there is nowhere else to say so.
fn to_stdout(line: &[u8]) {
    std::io::stdout().lock().write_all(line).ok();
}

fn to_stderr(line: &[u8]) {
    std::io::stderr().lock().write_all(line).ok();
}

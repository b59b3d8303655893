//! Results, for whoever reads them.

use std::io::{self, Write as _};

use function_core::{Exit, Fault};
use migration_folder::Version;
use serde_json::Value;

use crate::FUNCTION;

/// Where results go. What happens on the way is in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// A person: plain text on standard output, and what went wrong on standard error.
    Terminal,
    /// The log, where a result of several lines is one entry.
    Log,
}

impl Output {
    /// Tells a result.
    pub(crate) fn say(self, text: &str) {
        match self {
            Self::Terminal => print(text),
            Self::Log => tracing::info!("{}", text.trim_end()),
        }
    }

    /// Tells a result that somebody must look at.
    pub(crate) fn warn(self, text: &str) {
        match self {
            Self::Terminal => print(text),
            Self::Log => tracing::warn!("{}", text.trim_end()),
        }
    }

    /// Tells which version the database is at after what `text` says.
    pub(crate) fn version(self, text: &str, version: Option<Version>) {
        match self {
            Self::Terminal => print(text),
            Self::Log => tracing::info!(version = version.map(Version::to_bigint), "{text}"),
        }
    }

    /// Tells a result to a program: an object as one line of JSON on standard output, which Cloud Logging reads as well.
    pub(crate) fn json(self, value: &Value) {
        match (self, value) {
            (Self::Log, Value::Object(fields)) => {
                let mut fields = fields.clone();
                fields.insert("severity".to_owned(), "INFO".into());
                print(&Value::Object(fields).to_string());
            }
            _ => print(&value.to_string()),
        }
    }

    /// Tells why a command stops, and gives back its exit code.
    pub(crate) fn fail(self, words: &str, exit: Exit) -> Exit {
        match self {
            Self::Terminal => complain(words),
            Self::Log => tracing::error!(exit = exit.code(), error = words, "stopped"),
        }
        exit
    }

    /// Tells every setting at fault on a line of its own.
    pub(crate) fn faults(self, faults: &[Fault]) -> Exit {
        for fault in faults {
            match self {
                Self::Terminal => complain(&fault.to_string()),
                Self::Log => tracing::error!(error = %fault, "not started"),
            }
        }
        Exit::Usage
    }

    /// Tells what is wrong with the command line, or the help that was asked for.
    pub(crate) fn instead(self, instead: &clap::Error) -> Exit {
        let is_help = !instead.use_stderr();
        match self {
            // Where it can't be printed there is nobody to read it.
            Self::Terminal => drop(instead.print()),
            Self::Log if is_help => tracing::info!("{}", instead.render()),
            Self::Log => {
                let words = instead.to_string();
                let words = words.strip_prefix("error: ").unwrap_or(&words).trim_end();
                tracing::error!(exit = Exit::Usage.code(), error = words, "not started");
            }
        }
        if is_help { Exit::Done } else { Exit::Usage }
    }
}

/// Where standard output is closed, nobody reads.
fn print(text: &str) {
    writeln!(io::stdout().lock(), "{}", text.trim_end_matches('\n')).ok();
}

fn complain(words: &str) {
    writeln!(io::stderr().lock(), "{FUNCTION}: {words}").ok();
}

//! Why nothing was run.

use std::io;
use std::path::PathBuf;

use function_core::{Exit, PayloadError};
use functions_framework::EventError;

pub use crate::trigger::ScheduledTimeError;

/// The platform's side of a run went wrong; the function was not reached.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The event's file, or standard input, can't be read.
    #[error("the event {path} can't be read")]
    Read {
        /// The file; `-` is standard input.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The event's file holds no event.
    #[error("the event {path} can't be understood")]
    Understand {
        /// The file; `-` is standard input.
        path: PathBuf,
        /// Why.
        source: EventError,
    },
    /// An option says something in the event, but there is no JSON object to say it in.
    #[error("{option} needs an event that holds a JSON object")]
    Mark {
        /// The option, such as `--dry-run`.
        option: &'static str,
        /// What is there instead.
        #[source]
        source: PayloadError,
    },
    /// The event's file is of a schedule, but without its time.
    #[error(transparent)]
    Schedule(#[from] ScheduledTimeError),
    /// The outcome is known, but standard output does not take it.
    #[error("the outcome can't be printed")]
    Print(#[source] io::Error),
    /// The port is taken, or not allowed.
    #[error("port {port} can't be listened on; set PORT to a free one")]
    Listen {
        /// The port.
        port: u16,
        /// Why.
        source: io::Error,
    },
    /// The connection to the world ended.
    #[error("serving ended")]
    Serve(#[source] io::Error),
    /// The process can't take signals or time.
    #[error("the process can't be set up")]
    Process(#[source] io::Error),
    /// The program lacks what Lambda needs.
    #[error("this program was built without Lambda; build it with `--features lambda`")]
    WithoutLambda,
    /// The program lacks what a service needs.
    #[error("this program was built without the service; build it with `--features service`")]
    WithoutService,
    /// Lambda's Runtime API went away.
    #[error("lambda's runtime API failed")]
    Lambda(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl RuntimeError {
    /// The exit code: an event or a build that is wrong is a matter of usage.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Read { .. }
            | Self::Understand { .. }
            | Self::Mark { .. }
            | Self::Schedule(_)
            | Self::Listen { .. }
            | Self::WithoutLambda
            | Self::WithoutService => Exit::Usage,
            Self::Print(_) | Self::Serve(_) | Self::Process(_) | Self::Lambda(_) => Exit::Failed,
        }
    }
}

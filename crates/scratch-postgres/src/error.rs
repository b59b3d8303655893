//! Why there is no throw-away database.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use function_core::Retryable;
use postgres_client::{AddressError, ConnectError, fault};

/// Why there is no throw-away database.
#[derive(Debug, thiserror::Error)]
pub enum ScratchError {
    /// The address of the server for throw-away databases is none.
    #[error("the throw-away server can't be reached")]
    Address(#[from] AddressError),
    /// The server can't be reached.
    #[error("the throw-away server can't be reached")]
    Connect(#[from] ConnectError),
    /// The server refused.
    #[error("{step} at the throw-away server")]
    Refused {
        /// What was being done.
        step: &'static str,
        /// Whether it may go better later.
        passing: bool,
        /// The server's words.
        source: Box<dyn Error + Send + Sync>,
    },
    /// There is nothing to start a server from.
    #[error(
        "PostgreSQL's initdb and postgres are in none of {looked_in}: install PostgreSQL, name their folder by POSTGRES_BIN, or \
         name a server by SCRATCH_URL"
    )]
    NotInstalled {
        /// Where they were looked for.
        looked_in: String,
    },
    /// The operating system did not let us start a server.
    #[error("starting a throw-away server from {}", programs.display())]
    Start {
        /// The folder of its programs.
        programs: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The server ended before it could be used, or was not ready in time.
    #[error("the throw-away server of {} did not start; the end of its log: {log}", programs.display())]
    NotReady {
        /// The folder of its programs.
        programs: PathBuf,
        /// The end of its log.
        log: String,
    },
}

impl ScratchError {
    pub(crate) fn refused(step: &'static str) -> impl FnOnce(tokio_postgres::Error) -> Self {
        move |error| Self::Refused {
            step,
            passing: fault::is_passing(&error),
            source: fault::words(error),
        }
    }
}

impl Retryable for ScratchError {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Connect(error) => error.passing,
            Self::Refused { passing, .. } => *passing,
            _ => false,
        }
    }
}

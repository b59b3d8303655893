//! Why it is not known what `up` would do.

use std::error::Error;

use function_core::Exit;
use postgres_client::fault;

/// Why it is not known what `up` would do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckError {
    /// The database does not answer.
    #[error("{step} in the database")]
    Query {
        /// What was being done.
        step: &'static str,
        /// Whether it may go better later.
        passing: bool,
        /// The server's words.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl CheckError {
    /// What failed at `step`.
    pub(crate) fn query(step: &'static str) -> impl Fn(tokio_postgres::Error) -> Self {
        move |error| Self::Query {
            step,
            passing: fault::is_passing(&error),
            source: fault::words(error),
        }
    }

    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        let Self::Query { passing, .. } = self;
        if *passing {
            Exit::TryAgain
        } else {
            Exit::Failed
        }
    }
}

//! Why a schema can't be read.

use std::error::Error;

use postgres_client::fault;

/// Why a schema can't be read.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The server or the line to it refused.
    #[error("reading the schema")]
    Refused {
        /// Whether it may go better later.
        passing: bool,
        /// The words of the server or of the network.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The catalog told something that has no meaning for us: a schema that is being changed at this moment, mostly.
    #[error(
        "the catalog tells of `{about}` in a way that is not understood; if the schema was being changed, read it again"
    )]
    Strange {
        /// The beginning of what it told.
        about: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// There is no such table.
    #[error("there is no table, view or sequence \"{name}\"")]
    Missing {
        /// The name as it was given.
        name: String,
    },
}

impl CatalogError {
    /// Whether it may go better later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Refused { passing, .. } => *passing,
            Self::Strange { .. } => true,
            Self::Missing { .. } => false,
        }
    }
}

impl From<tokio_postgres::Error> for CatalogError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Refused {
            passing: fault::is_passing(&error),
            source: fault::words(error),
        }
    }
}

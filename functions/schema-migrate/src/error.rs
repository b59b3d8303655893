//! Why a command stops, and what exit code that is.

use function_core::{Exit, Retryable as _};
use migration_folder::{FolderError, SumFault, TextError};
use migration_run::RunError;
use postgres_client::ConnectError;
use schema_catalog::CatalogError;

use crate::check::CheckError;
use crate::drift::DriftError;
use crate::login::LoginError;
use crate::write::WriteError;

/// Why a command stops.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// No database is named.
    #[error("DATABASE_URL is not set: it names the database")]
    NoDatabase,
    /// It was told to stop, and had changed nothing.
    #[error("stopped from outside; nothing was changed")]
    Stopped,
    /// The folder can't be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// `atlas.sum` does not belong to the files.
    #[error("nothing is run, for atlas.sum does not belong to the files of the folder")]
    Sum(#[source] SumFault),
    /// There is no token to log in with.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// The database can't be reached.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// A run stopped.
    #[error(transparent)]
    Run(#[from] RunError),
    /// It is not known what `up` would do.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// Nothing was written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// It is not known whether the database differs.
    #[error(transparent)]
    Drift(#[from] DriftError),
    /// The catalog can't be read.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A file is no text.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A file can't be read.
    #[error("{file} can't be read")]
    Unreadable {
        /// Which.
        file: String,
        /// What the operating system says.
        source: std::io::Error,
    },
}

impl CommandError {
    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::NoDatabase
            | Self::Unreadable { .. }
            | Self::Catalog(CatalogError::Missing { .. }) => Exit::Usage,
            Self::Stopped => Exit::TryAgain,
            Self::Folder(error) => folder_exit(error),
            Self::Sum(_) | Self::Text(_) => Exit::Refused,
            Self::Login(error) if error.is_retryable() => Exit::TryAgain,
            Self::Connect(error) if error.passing => Exit::TryAgain,
            Self::Catalog(error) if error.is_passing() => Exit::TryAgain,
            Self::Login(_) | Self::Connect(_) | Self::Catalog(_) => Exit::Failed,
            Self::Run(error) => error.exit(),
            Self::Check(error) => error.exit(),
            Self::Write(error) => error.exit(),
            Self::Drift(error) => error.exit(),
        }
    }
}

/// A folder that is not there or holds no migration is a wrong setting; files that contradict each other are refused.
pub(crate) fn folder_exit(error: &FolderError) -> Exit {
    match error {
        FolderError::Missing { .. }
        | FolderError::NoFiles { .. }
        | FolderError::Unreadable { .. } => Exit::Usage,
        FolderError::Duplicate { .. }
        | FolderError::Version { .. }
        | FolderError::NameNotUtf8 { .. }
        | FolderError::Sum { .. } => Exit::Refused,
        FolderError::Unwritable { .. } => Exit::Failed,
    }
}

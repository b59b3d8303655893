//! Why nothing was written.

use std::io;
use std::path::PathBuf;

use function_core::{Exit, Retryable as _};
use migration_folder::{FolderError, SumFault, TitleError, VersionError};
use schema_catalog::CatalogError;
use schema_diff::Refusal;
use scratch_postgres::ScratchError;

use crate::replay::ReplayError;

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    /// The folder of the migrations can't be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// `atlas.sum` does not belong to the files.
    #[error("nothing was written, for atlas.sum does not belong to the files of the folder")]
    Sum(#[source] SumFault),
    /// There are no declared files.
    #[error(
        "{} holds no *.sql file: the files there say what the schema shall be, and SCHEMA_DIR names another folder",
        folder.display()
    )]
    NothingDeclared {
        /// Where they were looked for.
        folder: PathBuf,
    },
    /// A declared file can't be read.
    #[error("{} can't be read; SCHEMA_DIR names the folder of the declared schema", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// A declared statement reaches beyond its database.
    #[error(
        "{file} line {line}: nothing was run, for {words} changes the server, which is not in a schema, and would stay at the \
         throw-away server: take it out of the declared files and run it by hand"
    )]
    OfTheServer {
        /// The declared file.
        file: String,
        /// Where it begins, from 1.
        line: usize,
        /// Its first words.
        words: String,
    },
    /// There is no throw-away database.
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    /// The migrations of the folder don't run from the first to the last.
    #[error(
        "the migrations of the folder can't be run in an empty database, so it is not known what they lead to"
    )]
    Folders(#[source] ReplayError),
    /// The declared files don't run.
    #[error("the declared schema can't be made in an empty database")]
    Declared(#[source] ReplayError),
    /// A schema can't be read.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A difference can't be written, or only a person knows what it means.
    #[error("nothing was written:\n{0}")]
    Refused(Refusal),
    /// A name is too long together with what is added to it.
    #[error(transparent)]
    Title(#[from] TitleError),
    /// There is no version above the newest.
    #[error(transparent)]
    Version(#[from] VersionError),
    /// A new file does not run.
    #[error(
        "nothing was written, for the statements that the difference comes to do not run: write this change by hand, then ask again"
    )]
    Unrunnable(#[source] ReplayError),
    /// The new files lead elsewhere.
    #[error(
        "nothing was written, for {what} (-: is, +: should be): write this change by hand, then ask again\n{differences}"
    )]
    Unproven {
        /// What does not hold.
        what: String,
        /// How it differs.
        differences: String,
    },
}

impl From<Refusal> for WriteError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl WriteError {
    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        let passing = match self {
            Self::Scratch(error) => error.is_retryable(),
            Self::Catalog(error) => error.is_passing(),
            Self::Folders(error) | Self::Declared(error) | Self::Unrunnable(error) => {
                error.is_retryable()
            }
            _ => false,
        };
        match self {
            _ if passing => Exit::TryAgain,
            Self::NothingDeclared { .. } | Self::Unreadable { .. } | Self::Title(_) => Exit::Usage,
            Self::Folder(error) => crate::error::folder_exit(error),
            Self::Sum(_) | Self::Refused(_) | Self::OfTheServer { .. } => Exit::Refused,
            _ => Exit::Failed,
        }
    }
}

//! Why a backup can't be read.

use cloud_store::StoreError;
use function_core::Retryable;

use crate::lines::LineError;

/// A backup can't be read, or is not what its manifest says.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The store refused or was interrupted.
    #[error("the backup can't be read")]
    Store(#[from] StoreError),
    /// There is no such object.
    #[error("{object} is not there; give the address of a .manifest.json or of latest.json")]
    Missing {
        /// The object's address.
        object: String,
    },
    /// The object is not the JSON that it should be.
    #[error("{object} is not the JSON of a backup of kintone-export")]
    NotJson {
        /// The object's address.
        object: String,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// The manifest is of another function, or of a later version.
    #[error("{object} can't be restored from: {reason}")]
    Foreign {
        /// The object's address.
        object: String,
        /// What it is, and what it should be.
        reason: String,
    },
    /// The manifest names no such object.
    #[error("{manifest} names no {what}; {repair}")]
    Without {
        /// The manifest's address.
        manifest: String,
        /// What it lacks.
        what: &'static str,
        /// What to do.
        repair: &'static str,
    },
    /// The object is not what was saved.
    #[error("{object} is damaged: {reason}; restore another generation")]
    Damaged {
        /// The object's address.
        object: String,
        /// What differs from the manifest.
        reason: String,
    },
    /// The object's lines can't be unpacked.
    #[error("{object} is damaged; restore another generation")]
    Lines {
        /// The object's address.
        object: String,
        /// Where and why.
        source: LineError,
    },
}

impl Retryable for ReadError {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Store(error) => error.is_retryable(),
            _ => false,
        }
    }
}

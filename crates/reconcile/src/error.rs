//! Why a run could not be followed.

use cloud_store::StoreError;
use cloud_topic::TopicError;
use function_core::Retryable;
use run_record::LedgerError;

/// Why a run could not be followed.
#[derive(Debug, thiserror::Error)]
pub enum MachineError {
    /// The run record.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The store of manifests.
    #[error("the verified export could not be published")]
    Store(#[from] StoreError),
    /// The topic.
    #[error("the export is verified, but the message that says so was not sent")]
    Topic(#[from] TopicError),
    /// A manifest of ours can't be read.
    #[error("{object} is not a manifest of this function; move it away")]
    Unreadable {
        /// Its address.
        object: String,
        /// Where and why reading stopped.
        source: serde_json::Error,
    },
    /// A manifest can't be written.
    #[error("the manifest could not be written as JSON")]
    Manifest(#[source] serde_json::Error),
}

impl Retryable for MachineError {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Ledger(error) => error.is_retryable(),
            Self::Store(error) => error.is_retryable(),
            Self::Topic(error) => error.is_retryable(),
            Self::Unreadable { .. } | Self::Manifest(_) => false,
        }
    }
}

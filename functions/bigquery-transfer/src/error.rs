//! Why an event could not be worked on, and whether trying again helps.

use cloud_store::StoreError;
use function_core::{Exit, PayloadError, Retryable};
use jiff::Timestamp;
use run_record::LedgerError;

use crate::gcp::ApiError;

/// Why an event could not be worked on.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The message can't be understood.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// The message is JSON, but its keys do not go together.
    #[error("the message can't be carried out: {rule}")]
    Request {
        /// What is wrong, and what is right.
        rule: &'static str,
    },
    /// Another process brings the configs in order.
    #[error("another process brings the configs in order, until {until} at the latest unless it goes on")]
    Busy {
        /// When its lease ends unless it is renewed.
        until: Timestamp,
    },
    /// One of Google's services.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The run record.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The list of tables.
    #[error("TARGET_TABLES can't be read")]
    Store(#[from] StoreError),
}

impl TransferError {
    /// The exit code of a lasting fault.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Payload(_) | Self::Request { .. } => Exit::Usage,
            Self::Busy { .. } | Self::Api(_) | Self::Ledger(_) | Self::Store(_) => Exit::Failed,
        }
    }
}

impl Retryable for TransferError {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Payload(_) | Self::Request { .. } => false,
            Self::Busy { .. } => true,
            Self::Api(error) => error.is_retryable(),
            Self::Ledger(error) => error.is_retryable(),
            Self::Store(error) => error.is_retryable(),
        }
    }
}

//! Why a source could not be looked at.

use aws_client::AwsError;
use function_core::{Exit, PayloadError, Retryable};
use reconcile::MachineError;
use run_record::LedgerError;

use crate::verify::VerifyError;

/// Why an event could not be worked on.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The event's payload.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// The event names a source that the settings do not.
    #[error(
        "`{name}` is none of this deployment's sources: {known}; add it to DB_CLUSTER_IDENTIFIER or DB_INSTANCE_IDENTIFIER"
    )]
    UnknownSource {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// RDS.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// The run record, the manifest, or the message.
    #[error(transparent)]
    Machine(#[from] MachineError),
    /// The bucket.
    #[error(transparent)]
    Verify(#[from] VerifyError),
}

impl From<LedgerError> for ExportError {
    fn from(error: LedgerError) -> Self {
        Self::Machine(error.into())
    }
}

impl ExportError {
    /// The exit code of a lasting fault.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Payload(_) | Self::UnknownSource { .. } => Exit::Usage,
            Self::Aws(_) | Self::Machine(_) | Self::Verify(_) => Exit::Failed,
        }
    }
}

impl Retryable for ExportError {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Payload(_) | Self::UnknownSource { .. } => false,
            Self::Aws(error) => error.is_retryable(),
            Self::Machine(error) => error.is_retryable(),
            Self::Verify(error) => error.is_retryable(),
        }
    }
}

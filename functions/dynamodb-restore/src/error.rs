//! Why a restore stops.

use cloud_store::StoreError;
use dynamodb_format::FormatError;
use dynamodb_table::TableError;
use function_core::{ConfigError, Exit, PayloadError, Retryable};
use run_record::LedgerError;

/// Why the function can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Settings are missing or wrong.
    #[error("the settings are at fault")]
    Config(#[from] ConfigError),
    /// An address is wrong.
    #[error("RUNS_URL or EXPORT_S3_BUCKET can't be used")]
    Store(#[from] StoreError),
}

/// Why a restore stops. No message tells a value of an item.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The event is not understood.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// The event contradicts itself, or lacks something.
    #[error("{0}")]
    Request(String),
    /// The backup can't be restored from as it is.
    #[error("{object} can't be restored from: {why}")]
    Backup {
        /// The manifest's address.
        object: String,
        /// What is wrong, and what to do.
        why: String,
    },
    /// An object of the backup can't be understood.
    #[error("{object} can't be read")]
    Unreadable {
        /// Its address.
        object: String,
        /// Where and why reading stopped.
        source: FormatError,
    },
    /// An object of the backup is not the one that the manifest lists.
    #[error(
        "{object} has the MD5 {found}, expected {expected}; it is cut or damaged, so take another backup or another copy"
    )]
    Checksum {
        /// Its address.
        object: String,
        /// As the manifest tells.
        expected: String,
        /// What it has.
        found: String,
    },
    /// A data file holds more or less than the manifest tells.
    #[error("{object} has {found} lines, expected {expected}; take another backup or another copy")]
    Lines {
        /// Its address.
        object: String,
        /// As the manifest tells.
        expected: u64,
        /// What it has.
        found: u64,
    },
    /// The plan is blocked, or a person has to confirm it.
    #[error("nothing was written: {0}")]
    Refused(String),
    /// Not all parts have written.
    #[error("the restore can't be closed yet: {0}")]
    Unwritten(String),
    /// What was begun can't be gone on with.
    #[error("{0}")]
    Stopped(String),
    /// DynamoDB did not do what was asked.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A store could not be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The run record could not be kept.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl RestoreError {
    /// Whether the backup is at fault.
    pub(crate) fn is_of_backup(&self) -> bool {
        matches!(
            self,
            Self::Backup { .. }
                | Self::Unreadable { .. }
                | Self::Checksum { .. }
                | Self::Lines { .. }
        )
    }

    /// The exit code, where trying again does not help.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Payload(_) | Self::Request(_) => Exit::Usage,
            Self::Refused(_) | Self::Unwritten(_) => Exit::Refused,
            Self::Backup { .. }
            | Self::Unreadable { .. }
            | Self::Checksum { .. }
            | Self::Lines { .. }
            | Self::Stopped(_)
            | Self::Table(_)
            | Self::Store(_)
            | Self::Ledger(_) => Exit::Failed,
        }
    }

    /// What a person should do.
    pub(crate) fn what_to_do(&self) -> &'static str {
        match self {
            Self::Table(error) if error.is_without_credentials() => {
                "renew the credentials, then send the same request again: it goes on where it stopped"
            }
            _ => {
                "put right what the message names, then send the same request again: it goes on where it stopped"
            }
        }
    }
}

impl Retryable for RestoreError {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Table(error) => error.is_retryable(),
            Self::Store(error) => error.is_retryable(),
            Self::Ledger(error) => error.is_retryable(),
            Self::Payload(_)
            | Self::Request(_)
            | Self::Backup { .. }
            | Self::Unreadable { .. }
            | Self::Checksum { .. }
            | Self::Lines { .. }
            | Self::Refused(_)
            | Self::Unwritten(_)
            | Self::Stopped(_) => false,
        }
    }
}

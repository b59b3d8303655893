//! Why a table could not be looked at.

use aws_client::AwsError;
use cloud_store::StoreError;
use function_core::{Exit, PayloadError, Retryable};
use jiff::Timestamp;
use jiff::civil::Date;
use reconcile::{MachineError, Unverified};
use run_record::LedgerError;

/// Why an event, or a table, could not be worked on.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The event is not understood.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// The day that is asked for is not over.
    #[error(
        "the export of {date} is as of {time}, which is still to come; ask for an earlier date"
    )]
    Future {
        /// The day.
        date: Date,
        /// Its moment.
        time: Timestamp,
    },
    /// The day is none that there ever is.
    #[error("{date} is out of all bounds; ask for a date of the last 35 days")]
    Date {
        /// The day.
        date: Date,
    },
    /// The table that is asked for is not one of this deployment.
    #[error("{source_name} is none of the tables that this function exports; it exports {known}")]
    UnknownSource {
        /// What was asked for.
        source_name: String,
        /// The setting that says which tables there are.
        known: String,
    },
    /// A pattern or a tag that no table has.
    #[error("{setting} has `{pattern}`, and no table of this account and Region matches it")]
    NoMatch {
        /// `TABLES` or `TABLE_TAG`.
        setting: &'static str,
        /// The pattern or the tag.
        pattern: String,
    },
    /// DynamoDB did not do what was asked.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// The bucket, or an object in it, could not be read.
    #[error("the bucket of the exports could not be used")]
    Store(#[from] StoreError),
    /// The run could not be followed.
    #[error(transparent)]
    Machine(#[from] MachineError),
}

impl ExportError {
    /// The exit code, where trying again does not help.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Payload(_)
            | Self::Future { .. }
            | Self::Date { .. }
            | Self::UnknownSource { .. } => Exit::Usage,
            Self::NoMatch { .. } | Self::Aws(_) | Self::Store(_) | Self::Machine(_) => Exit::Failed,
        }
    }

    /// A lasting refusal of a service as the state of a run, which the next tick looks at again.
    pub(crate) fn into_unverified(self) -> Result<Unverified, Self> {
        if self.is_retryable() {
            return Err(self);
        }
        match self {
            Self::Aws(_) | Self::Store(_) => Ok(Unverified::failed(
                function_core::chain(&self),
                "correct what the message names; the next tick looks again",
            )),
            other => Err(other),
        }
    }
}

impl From<LedgerError> for ExportError {
    fn from(error: LedgerError) -> Self {
        Self::Machine(error.into())
    }
}

impl Retryable for ExportError {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Aws(error) => error.is_retryable(),
            Self::Store(error) => error.is_retryable(),
            Self::Machine(error) => error.is_retryable(),
            Self::Payload(_)
            | Self::Future { .. }
            | Self::Date { .. }
            | Self::UnknownSource { .. }
            | Self::NoMatch { .. } => false,
        }
    }
}

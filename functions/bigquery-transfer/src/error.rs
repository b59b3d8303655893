//! Why an event could not be worked on, and whether trying again helps.

use cloud_store::StoreError;
use function_core::{Exit, PayloadError, Retryable, Stamp};
use jiff::Timestamp;
use jiff::civil::Date;
use run_record::LedgerError;

use crate::apply::ApplyError;
use crate::gcp::ApiError;
use crate::plan::PlanError;

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
    #[error(
        "another process brings the configs in order, until {until} at the latest unless it goes on"
    )]
    Busy {
        /// When its lease ends unless it is renewed.
        until: Timestamp,
    },
    /// Another process is at work on the run, and may not know of the message.
    #[error("another process is at work on the run {run}; the message is to be delivered again")]
    AtWork {
        /// The run's id.
        run: String,
    },
    /// The export is of an engine that transfers can't be made for.
    #[error(
        "the export is of the engine `{engine}`; exports of MySQL, MariaDB and PostgreSQL can be transferred"
    )]
    Engine {
        /// What the message says.
        engine: String,
    },
    /// The export is of a day that has not begun.
    #[error(
        "the export is said to be of {date}, which has not begun yet; see TIME_ZONE here and at the sender"
    )]
    Future {
        /// The logical date.
        date: Date,
        /// Whether it begins within a day, so that the message may be right a little later.
        is_soon: bool,
    },
    /// The export is older than what is loaded.
    #[error(
        "the export of {name} of {date} is not loaded, because that of {newest} was announced before it and is newer"
    )]
    Stale {
        /// The export's source.
        name: String,
        /// Its logical date.
        date: Date,
        /// The newest generation that is known.
        newest: Stamp,
    },
    /// A person wants a day again while another one is loaded.
    #[error(
        "{run} is not opened again, because {other} is not at its end and loads the same tables; ask again once it has ended"
    )]
    Beside {
        /// The run of the day that was asked for.
        run: String,
        /// The one that is open.
        other: String,
    },
    /// The message tells of no table.
    #[error(
        "the export of {name} of {date} is said to have no table; see why its sender found none"
    )]
    NoTable {
        /// The export's source.
        name: String,
        /// Its logical date.
        date: Date,
    },
    /// Nothing is known of the day that a person names.
    #[error("no export of {name}{} was announced; see `source` and `date` of the message", .date.map(|date| format!(" of {date}")).unwrap_or_default())]
    UnknownDay {
        /// The source.
        name: String,
        /// The logical date, where one was named.
        date: Option<Date>,
    },
    /// What we keep can't be read or written.
    #[error("{object} is not what this function keeps there; move it away")]
    Unreadable {
        /// Where it is.
        object: String,
        /// Where and why it stopped.
        source: serde_json::Error,
    },
    /// Others change the list of open days all the time.
    #[error("the list of open days is changed by others again and again; try later")]
    Contended,
    /// The notes beside the run records.
    #[error("what is kept beside the run records below RUNS_URL can't be read or written")]
    Days(#[source] StoreError),
    /// Two deployments share the run records.
    #[error(
        "RUNS_URL is another deployment's, too: {other} is there beside {ours}; set a RUNS_URL of its own, or move that object away if DATASET or STACK was changed"
    )]
    Shared {
        /// The other deployment's record.
        other: String,
        /// The name of ours.
        ours: String,
    },
    /// Nothing tells where exports are.
    #[error(
        "no message told of an export yet; wait for one, or set TARGET_TABLES, EXPORT_S3_BUCKET, and EXPORT_PREFIX or ENV"
    )]
    NoExport,
    /// The list of tables can't be used.
    #[error("the list TARGET_TABLES={address} can't be used: {}", .faults.join("; "))]
    List {
        /// Where it is.
        address: String,
        /// What is wrong, by line.
        faults: Vec<String>,
    },
    /// A check found something to do.
    #[error(
        "{count} differences: {differences}; send {{\"reconcile\": true}}, or wait for the next export"
    )]
    Drift {
        /// How many.
        count: usize,
        /// The first of them.
        differences: String,
    },
    /// A person must decide something.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Some steps were not carried out.
    #[error(transparent)]
    Apply(#[from] ApplyError),
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
            Self::Payload(_)
            | Self::Request { .. }
            | Self::NoExport
            | Self::List { .. }
            | Self::Engine { .. }
            | Self::Future { .. }
            | Self::NoTable { .. }
            | Self::UnknownDay { .. } => Exit::Usage,
            Self::Drift { .. } => Exit::Differences,
            Self::Plan(_) | Self::Shared { .. } | Self::Stale { .. } | Self::Beside { .. } => {
                Exit::Refused
            }
            Self::Busy { .. }
            | Self::AtWork { .. }
            | Self::Contended
            | Self::Unreadable { .. }
            | Self::Days(_)
            | Self::Apply(_)
            | Self::Api(_)
            | Self::Ledger(_)
            | Self::Store(_) => Exit::Failed,
        }
    }
}

impl Retryable for TransferError {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Payload(_)
            | Self::Request { .. }
            | Self::NoExport
            | Self::List { .. }
            | Self::Drift { .. }
            | Self::Engine { .. }
            | Self::Stale { .. }
            | Self::Beside { .. }
            | Self::NoTable { .. }
            | Self::UnknownDay { .. }
            | Self::Unreadable { .. }
            | Self::Shared { .. }
            | Self::Plan(_) => false,
            Self::Apply(error) => error.is_retryable(),
            Self::Busy { .. } | Self::AtWork { .. } | Self::Contended => true,
            Self::Future { is_soon, .. } => *is_soon,
            Self::Api(error) => error.is_retryable(),
            Self::Ledger(error) => error.is_retryable(),
            Self::Store(error) | Self::Days(error) => error.is_retryable(),
        }
    }
}

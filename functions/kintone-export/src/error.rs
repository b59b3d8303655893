//! Why an export stops, and whether trying again helps.

use cloud_store::StoreError;
use cloud_topic::TopicError;
use function_core::{Exit, PayloadError, Retryable};
use jiff::Timestamp;
use kintone_client::{Cause, ClientError};
use kintone_format::{ColumnError, LineError};
use run_record::LedgerError;
use table_load::LoadError;

use crate::config::BackupConfig;

/// Why an export stops.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The message can't be understood.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// The message asks for an app that this deployment does not export.
    #[error(
        "the message asks for app {app}, but APPID lists {known}; add it to APPID or send another id"
    )]
    UnknownApp {
        /// The app that was asked for.
        app: u64,
        /// The apps of `APPID`.
        known: String,
    },
    /// Another delivery of the same message is at work.
    #[error(
        "the run {run} is being worked on by another process until {until} or longer; this delivery waits its turn"
    )]
    Busy {
        /// The run's id.
        run: String,
        /// When the other's claim ends unless it is renewed.
        until: Timestamp,
    },
    /// The run ended before, for a reason that a redelivery can't change.
    #[error("the run {run} ended before: {error}; send a new message to start a new run")]
    Ended {
        /// The run's id.
        run: String,
        /// Why it ended.
        error: String,
    },
    /// Kintone refused or failed.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Kintone does not understand the condition or the order.
    #[error("QUERY is `{query}`, ORDER_BY is `{order}`, and Kintone refuses one of them")]
    Query {
        /// `QUERY`.
        query: String,
        /// `ORDER_BY`.
        order: String,
        /// Kintone's own words.
        source: Box<ClientError>,
    },
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The run's record could not be kept.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// `FIELDS` does not fit the form.
    #[error(transparent)]
    Columns(#[from] ColumnError),
    /// Records changed faster than they could be read.
    #[error(
        "app {app} changed while it was read, {rereads} times in a row; run it at a quieter hour, or set INCREMENTAL=on so that it reads faster"
    )]
    Moving {
        /// The app.
        app: u64,
        /// How often changed records were read again.
        rereads: u32,
    },
    /// The form was changed while records were read.
    #[error(
        "the form of app {app} was changed while its records were read; the next delivery reads it anew"
    )]
    FormChanged {
        /// The app.
        app: u64,
    },
    /// The app has far fewer records than before.
    #[error(
        "app {app} has {now} records, {before} at the last verified run: a loss of more than {percent} % is not published; \
         look at the app, then send {{\"app\": {app}, \"force\": true}} if it is right"
    )]
    Shrunk {
        /// The app.
        app: u64,
        /// The records of the last verified run.
        before: u64,
        /// The records now.
        now: u64,
        /// `MAX_SHRINK_PERCENT`.
        percent: u64,
    },
    /// A saved object is damaged.
    #[error("{object} is damaged; move it away, and the next run makes a complete one")]
    Damaged {
        /// The object's address.
        object: String,
        /// What is wrong.
        source: LineError,
    },
    /// A record, fresh or saved, is not of the documented shape.
    #[error("a record is not of the shape that Kintone documents")]
    Record(#[source] serde_json::Error),
    /// A saved manifest or schema can't be read.
    #[error("{object} is not of this program's format; a newer version may have written it")]
    Unreadable {
        /// The object's address.
        object: String,
        /// Where and why reading stopped.
        source: serde_json::Error,
    },
    /// An object that was final is gone or has another size.
    #[error("{object} is not what this run wrote; the run is not published")]
    Tampered {
        /// The object's address.
        object: String,
    },
    /// A file is not the one that the record told of.
    #[error(
        "the file `{name}` of record {record} has {found} bytes, but the record says {told}; the run is not published"
    )]
    FileSize {
        /// The record's id.
        record: u64,
        /// The file's name.
        name: String,
        /// The size that the record told.
        told: u64,
        /// The size that arrived.
        found: u64,
    },
    /// A file changed between two readings.
    #[error(
        "the file `{name}` of record {record} changed while it was read; the run is not published"
    )]
    FileChanged {
        /// The record's id.
        record: u64,
        /// The file's name.
        name: String,
    },
    /// Another deployment writes to the same place.
    #[error(
        "{object} is the manifest of the run {run}; give each deployment a BUCKET of its own, or the same RUNS_URL"
    )]
    Foreign {
        /// The manifest's address.
        object: String,
        /// The run that it belongs to.
        run: String,
    },
    /// The backup is published, but the database was not loaded.
    #[error(
        "the backup {run} is published, but the database was not loaded; delivering the message again only loads"
    )]
    Load {
        /// The run's id.
        run: String,
        /// Why.
        source: Box<LoadError>,
    },
    /// The form has no field of that code.
    #[error("LOAD_COLUMNS names `{code}`, which app {app} does not have")]
    NoSuchField {
        /// The code.
        code: String,
        /// The app.
        app: u64,
    },
    /// A message for an app could not be sent.
    #[error("app {app} was not handed on")]
    FanOut {
        /// The app.
        app: u64,
        /// Why.
        source: TopicError,
    },
}

impl Retryable for ExportError {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Client(error) => error.is_retryable(),
            Self::Store(error) => error.is_retryable(),
            Self::Ledger(error) => error.is_retryable(),
            Self::FanOut { source, .. } => source.is_retryable(),
            // A database that is down, or has another table of that name, is put right by a person
            // while the message waits; the backup is safe meanwhile.
            Self::Busy { .. }
            | Self::FormChanged { .. }
            | Self::Load { .. }
            | Self::Tampered { .. }
            | Self::FileChanged { .. }
            | Self::FileSize { .. } => true,
            Self::Payload(_)
            | Self::Ended { .. }
            | Self::Query { .. }
            | Self::Foreign { .. }
            | Self::UnknownApp { .. }
            | Self::Columns(_)
            | Self::Moving { .. }
            | Self::Shrunk { .. }
            | Self::Damaged { .. }
            | Self::Record(_)
            | Self::Unreadable { .. }
            | Self::NoSuchField { .. } => false,
        }
    }
}

impl ExportError {
    /// An error of a read with the condition and order of `config`, which are named if they are at fault.
    pub(crate) fn of_read(source: ClientError, config: &BackupConfig) -> Self {
        if !matches!(source.cause(), Cause::UnknownField | Cause::BadQuery) {
            return Self::Client(source);
        }
        Self::Query {
            query: config.query.clone().unwrap_or_default(),
            order: config.order_by.clone().unwrap_or_default(),
            source: Box::new(source),
        }
    }

    /// The exit code that tells a person what kind of end it was.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Payload(_)
            | Self::UnknownApp { .. }
            | Self::Query { .. }
            | Self::Columns(_)
            | Self::NoSuchField { .. } => Exit::Usage,
            Self::Moving { .. } => Exit::Incomplete,
            Self::Shrunk { .. } => Exit::Refused,
            _ => Exit::Failed,
        }
    }

    /// What a person should do, in a sentence.
    pub fn what_to_do(&self) -> &'static str {
        match self {
            Self::Payload(_) | Self::UnknownApp { .. } => "Correct the message and send it again.",
            Self::Columns(_) | Self::Query { .. } | Self::NoSuchField { .. } => {
                "Correct the setting and deploy again."
            }
            Self::Moving { .. } => {
                "Run it at a quieter hour, or set INCREMENTAL=on so that it reads faster."
            }
            Self::Shrunk { .. } => {
                "Look at the app. If it is right, send a message with \"force\": true."
            }
            Self::Load { .. } => {
                "The backup is safe. Put the database right; the message is delivered again and only loads."
            }
            Self::Damaged { .. } | Self::Unreadable { .. } => {
                "Move the object away and send a new message."
            }
            error if error.is_retryable() => {
                "Nothing yet: it is tried again. If this goes on, look at the error."
            }
            _ => "Put right what the error names, then send a new message.",
        }
    }
}

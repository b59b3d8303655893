//! Why a restore stops, and whether trying again helps.

use std::fmt;

use cloud_store::StoreError;
use function_core::{Exit, PayloadError, Retryable};
use kintone_client::{BulkError, Cause, ClientError};
use kintone_format::{BodyError, CsvError, ReadError};
use run_record::LedgerError;

use crate::edits::words;

/// Why a restore stops.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The message can't be understood.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// The message is JSON, but its keys do not go together.
    #[error("the message can't be carried out: {rule}")]
    Request {
        /// What is wrong, and what is right.
        rule: &'static str,
    },
    /// The message asks for an app that this deployment does not write to.
    #[error(
        "the message asks to write to app {app}, but APPID lists {known}; add it to APPID or send another number"
    )]
    UnknownApp {
        /// The app that was asked for.
        app: u64,
        /// The apps of `APPID`.
        known: String,
    },
    /// The address is relative, and there is nothing that it could be relative to.
    #[error("`{address}` is below BUCKET, which is not set; set it, or give the whole address")]
    NoBucket {
        /// The address.
        address: String,
    },
    /// The drill is not set up.
    #[error(
        "the drill needs DRILL_APP and DRILL_SOURCE; set them to a scratch app and to the app whose backup it proves"
    )]
    NoDrill,
    /// The drill's app is not fit to be emptied.
    #[error(
        "app {app} holds {records} records and its name does not say `tasuki scratch`; the drill deletes all records of its app: \
         name it so, or empty it"
    )]
    NotScratch {
        /// `DRILL_APP`.
        app: u64,
        /// How many records it holds.
        records: u64,
    },
    /// The plan has findings that forbid it.
    #[error("app {app} is not written to: {}", findings.join("; "))]
    Blocked {
        /// The app.
        app: u64,
        /// What forbids it.
        findings: Vec<String>,
    },
    /// The plan loses something, and nobody has accepted that.
    #[error(
        "app {app} is not written to yet: {}; if that is right, send the message again with \"accept\": \"{digest}\"",
        findings.join("; ")
    )]
    NotAccepted {
        /// The app.
        app: u64,
        /// What would be lost.
        findings: Vec<String>,
        /// The plan's digest.
        digest: String,
    },
    /// The plan that was accepted is not the plan of now.
    #[error(
        "the plan {accepted} that was accepted is not that of now, {now}: the backup, the app or its form have changed; look at the plan again"
    )]
    Stale {
        /// The digest that was accepted.
        accepted: String,
        /// The digest now.
        now: String,
    },
    /// The app is not as it was planned for.
    #[error(
        "app {app} held {held} records when the plan was made, and holds {holds} now; nothing was written: look at the plan again"
    )]
    Filled {
        /// The app.
        app: u64,
        /// How many records it held then.
        held: u64,
        /// How many it holds.
        holds: u64,
    },
    /// Records that are not of this restore appeared in the app.
    #[error(
        "another writer adds records to app {app}: {what}; nothing is lost or doubled so far. Stop the other writer, then send the message again"
    )]
    AnotherWriter {
        /// The app.
        app: u64,
        /// What was seen.
        what: String,
    },
    /// Records that are written over have been edited since they were looked up.
    #[error(
        "others edited {} of app {app} after this restore looked at them; nothing of that is overwritten. Stop the other writer, then look at the plan \
         again (dryRun): its `accept` overwrites what they edited",
        words(edits)
    )]
    Edited {
        /// The app.
        app: u64,
        /// The numbers of the records, and their revisions now.
        edits: std::collections::BTreeMap<u64, u64>,
    },
    /// Kintone refused a bulk.
    #[error(
        "the records {first} to {last} of the backup were not written{}",
        AtFault(at_fault)
    )]
    Bulk {
        /// The first record's number in the backup, from 1.
        first: u64,
        /// The last one's.
        last: u64,
        /// The names of the records at fault, as far as Kintone told.
        at_fault: Vec<String>,
        /// Kintone's own words.
        source: BulkError,
    },
    /// Kintone refused a bulk because of values that it does not know.
    #[error(
        "Kintone does not know values of {}; they are in {object}, with the `leaveOut` that goes on without them",
        fields.join(", ")
    )]
    Unknown {
        /// The fields that hold them, with some of the records.
        fields: Vec<String>,
        /// Where the values are.
        object: String,
        /// What was refused.
        source: Box<RestoreError>,
    },
    /// The answers to a bulk were lost again and again.
    #[error(
        "whether the records {first} to {last} of the backup are written could not be found out, {attempts} times; see whether Kintone answers, \
         then send the message again: it looks once more before it writes"
    )]
    Lost {
        /// The first record's number in the backup, from 1.
        first: u64,
        /// The last one's.
        last: u64,
        /// How often it was tried.
        attempts: u32,
    },
    /// The backup is no longer what the run began with.
    #[error(
        "{address} is no longer what the run began with; put it back, or begin a new run with it"
    )]
    SourceChanged {
        /// The backup's address.
        address: String,
    },
    /// The restore took more invocations for one message than it may.
    #[error(
        "the run {run} was begun {invocations} times for one message without coming to its end, more than MAX_INVOCATIONS; see in its record how far it is, \
         and send the message again: it goes on"
    )]
    TooManyInvocations {
        /// The run's id.
        run: String,
        /// How often it was begun.
        invocations: u32,
    },
    /// Kintone refused or failed.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The backup can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The CSV can't be read.
    #[error("{address} can't be restored from")]
    Csv {
        /// Its address.
        address: String,
        /// Where and why.
        source: CsvError,
    },
    /// A record can't be written as it is.
    #[error(
        "record {name} can't be written as it is; restore from another backup, or into an app without the field"
    )]
    Body {
        /// Its name in the backup.
        name: String,
        /// Why.
        source: BodyError,
    },
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The run's record could not be kept.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A record is not of the documented shape.
    #[error("a record is not of the shape that Kintone documents")]
    Record(#[source] serde_json::Error),
    /// An object of this run can't be read.
    #[error("{object} is not of this program's format; a newer version may have written it")]
    Unreadable {
        /// The object's address.
        object: String,
        /// Where and why reading stopped.
        source: serde_json::Error,
    },
}

/// The records at fault, for a message.
struct AtFault<'a>(&'a [String]);

impl fmt::Display for AtFault<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => Ok(()),
            names => write!(formatter, " because of the record {}", names.join(", ")),
        }
    }
}

impl Retryable for RestoreError {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Client(error) => error.is_retryable(),
            Self::Store(error) => error.is_retryable(),
            Self::Read(error) => error.is_retryable(),
            Self::Ledger(error) => error.is_retryable(),
            Self::Bulk { source, .. } => source.client_error().is_retryable(),
            Self::Lost { .. } => true,
            _ => false,
        }
    }
}

impl RestoreError {
    /// The exit code that tells a person what kind of end it was.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Payload(_)
            | Self::Request { .. }
            | Self::UnknownApp { .. }
            | Self::NoBucket { .. }
            | Self::NoDrill => Exit::Usage,
            Self::Blocked { .. }
            | Self::NotAccepted { .. }
            | Self::Stale { .. }
            | Self::Filled { .. }
            | Self::NotScratch { .. }
            | Self::AnotherWriter { .. }
            | Self::Edited { .. } => Exit::Refused,
            _ => Exit::Failed,
        }
    }

    /// What a person should do, in a sentence.
    pub fn what_to_do(&self) -> String {
        match self {
            Self::Payload(_) | Self::Request { .. } | Self::UnknownApp { .. } => {
                "Correct the message and send it again.".to_owned()
            }
            Self::NoBucket { .. } | Self::NoDrill => {
                "Correct the settings and deploy again.".to_owned()
            }
            Self::Blocked { .. } => {
                "Put right what the plan names, then send the message again. Nothing was written."
                    .to_owned()
            }
            Self::NotAccepted { digest, .. } => format!(
                "If the losses are right, send the message again with \"accept\": \"{digest}\". Nothing was written."
            ),
            Self::Stale { .. } | Self::Filled { .. } => {
                "Look at the plan again (dryRun), and accept the new one.".to_owned()
            }
            Self::AnotherWriter { .. } => {
                "Stop the other writer, then send the message again: it goes on where it stopped."
                    .to_owned()
            }
            Self::Edited { .. } => {
                "Look at what was edited, and note what is to stay. Then look at the plan again (dryRun), and send the message with its `accept`: it goes on where it stopped, and overwrites these records."
                    .to_owned()
            }
            Self::Unknown { object, .. } => format!(
                "Bring back whom or what Kintone does not know, and send the message again; or send it with the `leaveOut` of {object}. It goes on where it stopped."
            ),
            Self::Bulk { source, .. } if source.client_error().cause() == Cause::BadToken => {
                "Put the token right, then send the message again: it goes on where it stopped."
                    .to_owned()
            }
            Self::Bulk { .. } if !self.is_retryable() => {
                "Put right what Kintone names, then send the message again: it goes on where it stopped.".to_owned()
            }
            Self::Read(_) | Self::Csv { .. } if !self.is_retryable() => {
                "Restore from another generation, or mend the file.".to_owned()
            }
            error if error.is_retryable() => {
                "Nothing yet: it is tried again, and goes on where it stopped.".to_owned()
            }
            _ => "Put right what the error names, then send the message again: it goes on where it stopped.".to_owned(),
        }
    }
}

//! What DynamoDB tells of tables and exports, freed of the SDK.

use std::fmt;

use dynamodb_format::KeySchema;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::order::Place;

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) arn: String,
    /// Another table of the same name has another id.
    pub(crate) id: String,
    /// Its keys, where the description tells them.
    pub(crate) keys: Option<KeySchema>,
    /// Bytes and items, as of some hours ago.
    pub(crate) size_bytes: u64,
    pub(crate) items: u64,
}

/// How far back a table can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recovery {
    /// Point-in-time recovery is off.
    Off,
    /// The table is so new that it can't be switched on yet, or is being switched on.
    TooYoung,
    /// Exports may be as of any second from `earliest` on; until `latest` for sure. 1970 where the service does not tell.
    On {
        earliest: Timestamp,
        latest: Timestamp,
    },
}

/// Which data an export holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "exportType", rename_all = "lowercase")]
pub(crate) enum Scope {
    /// The table as of one moment.
    Full {
        /// The moment.
        #[serde(rename = "exportTime")]
        time: Timestamp,
    },
    /// What changed within a window.
    Incremental {
        /// Its start, inclusive.
        from: Timestamp,
        /// Its end, exclusive.
        to: Timestamp,
    },
}

impl Scope {
    /// The moment up to which it tells what the table held.
    pub(crate) fn end(self) -> Timestamp {
        match self {
            Self::Full { time } => time,
            Self::Incremental { to, .. } => to,
        }
    }

    /// The first moment that the service must still know of.
    pub(crate) fn start(self) -> Timestamp {
        match self {
            Self::Full { time } => time,
            Self::Incremental { from, .. } => from,
        }
    }

    pub(crate) fn is_full(self) -> bool {
        matches!(self, Self::Full { .. })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full { time } => write!(formatter, "full export as of {time}"),
            Self::Incremental { from, to } => {
                write!(formatter, "incremental export from {from} to {to}")
            }
        }
    }
}

/// An export, as the service describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Export {
    pub(crate) arn: String,
    pub(crate) status: Status,
    /// Empty where the description does not tell.
    pub(crate) token: String,
    pub(crate) place: Place,
    /// `None` where the description does not tell.
    pub(crate) scope: Option<Scope>,
    pub(crate) started: Option<Timestamp>,
    pub(crate) ended: Option<Timestamp>,
    pub(crate) items: Option<u64>,
    pub(crate) failure_code: String,
    pub(crate) failure_message: String,
}

/// How far an export is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    InProgress,
    Completed,
    Failed,
    /// A word that is not documented.
    Unknown(String),
}

impl Status {
    /// Reads the API's word. It is written in capitals, but not everywhere.
    pub(crate) fn of(word: &str) -> Self {
        match word.to_ascii_uppercase().as_str() {
            "IN_PROGRESS" => Self::InProgress,
            "COMPLETED" => Self::Completed,
            "FAILED" => Self::Failed,
            _ => Self::Unknown(word.to_owned()),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::InProgress => "IN_PROGRESS",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Unknown(word) => word,
        })
    }
}

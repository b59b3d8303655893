//! How a table is read.

use serde::{Deserialize, Serialize};

use crate::{TableName, calendar};

/// How one table is read, alike on both sides. Made once from both structures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The table, as it is called on both sides.
    pub table: TableName,
    /// The columns of the key, in its order, with what they are.
    pub key: Vec<(String, KeyType)>,
    /// The column with the time of change, if there is one.
    pub time: Option<(String, TimeType)>,
    /// The columns that are compared and written, with their type names, in the table's order. The key is part of them; computed columns and those
    /// that were left out are not.
    pub columns: Vec<(String, String)>,
    /// What is compared.
    pub compare: Compare,
    /// How a row's hash is made.
    pub hash: HashMethod,
}

impl Reading {
    /// Whether a row differs whose time of change does: not where all columns are compared, and that one is computed.
    pub fn compares_time(&self) -> bool {
        let mut columns = self.columns.iter();
        let is_column = |time: &str| columns.any(|(name, _)| name == time);
        let time = self.time.as_ref().map(|(name, _)| name.as_str());
        self.compare == Compare::Time || time.is_some_and(is_column)
    }
}

/// What is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// Keys and times of change only: an edit whose time did not move stays unseen.
    Time,
    /// All columns.
    #[default]
    Content,
}

/// How a row's 64-bit hash is made by the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HashMethod {
    /// The server's own hash of values: fast; follows SQL's equality, for which `1.0` is `1.00`.
    Values,
    /// A hash of the values' text: sees each character.
    Text,
    /// Part of an MD5 of the values' text: the same on every server of the engine.
    Md5,
}

/// What a column is as part of a key, which decides how it is encoded and ordered.
///
/// Keys are encoded as bytes whose order is that of the keys; see `key`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyType {
    /// A whole number of up to 64 bits with sign.
    Integer,
    /// A whole number of up to 64 bits without sign.
    Unsigned,
    /// A decimal number of any precision.
    Decimal,
    /// Text, ordered by its bytes in UTF-8.
    Text,
    /// Bytes.
    Bytes,
    /// A UUID.
    Uuid,
    /// A date: days since 1970-01-01.
    Date,
    /// A date and time without zone: microseconds since 1970-01-01T00:00:00.
    DateTime,
    /// A moment: microseconds since 1970-01-01T00:00:00Z.
    Moment,
    /// `false` before `true`.
    Boolean,
}

/// What a column is as a time of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeType {
    /// A moment: microseconds since 1970-01-01T00:00:00Z.
    Moment,
    /// A date and time without zone: microseconds since 1970-01-01T00:00:00.
    DateTime,
    /// A date: days since 1970-01-01.
    Date,
    /// A whole number, such as seconds of an epoch or a version.
    Integer,
}

impl TimeType {
    /// A time as people read it: `2025-01-31 23:59:59.5+00`, `2025-01-31`, or a number.
    pub fn text(self, time: i64) -> String {
        match self {
            Self::Moment => calendar::datetime_text(time, "+00"),
            Self::DateTime => calendar::datetime_text(time, ""),
            Self::Date => calendar::date_text(match time {
                i64::MAX => i32::MAX,
                i64::MIN => i32::MIN,
                days => i32::try_from(days).unwrap_or(i32::MAX),
            }),
            Self::Integer => time.to_string(),
        }
    }
}

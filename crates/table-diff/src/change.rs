//! One row to be written.

use serde::{Deserialize, Serialize};

/// One row to be written, with what was seen of it. The lines of an undo file are changes, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// What is done.
    pub action: Action,
    /// The key: the server's text of each of its columns.
    pub key: Vec<String>,
    /// What was seen of the target's row; `None` where there was none.
    pub seen: Option<Seen>,
    /// What the row must be like afterwards; `None` where it is to be gone.
    pub wanted: Option<Seen>,
    /// The row's values, the server's text for each of the reading's columns; `None` in it is NULL. Absent for a deletion.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub values: Option<Vec<Option<String>>>,
}

/// What is done to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is made.
    Insert,
    /// It is changed.
    Update,
    /// It is deleted.
    Delete,
}

/// What is told of a row's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Its hash, by the reading's method.
    #[serde(with = "hexadecimal")]
    pub hash: u64,
    /// Its time of change, in the unit of its type.
    pub time: Option<i64>,
}

/// A row that is not as it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaleRow {
    /// Its key.
    pub key: Vec<String>,
    /// What was seen.
    pub seen: Option<Seen>,
    /// What is there now.
    pub now: Option<Seen>,
}

/// JSON's numbers carry 53 bits safely; a hash has 64.
mod hexadecimal {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde calls it like this"
    )]
    pub(super) fn serialize<S: Serializer>(hash: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{hash:016x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        let text = String::deserialize(deserializer)?;
        u64::from_str_radix(&text, 16).map_err(D::Error::custom)
    }
}

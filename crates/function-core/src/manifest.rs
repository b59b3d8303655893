//! What a run wrote.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The version of the manifest's format; readers refuse a higher one.
pub const FORMAT_VERSION: u32 = 1;

/// The list of a generation's objects, written after all of them: its presence publishes the run.
///
/// `Details` are a function's own fields, flattened into the same JSON object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest<Details> {
    /// [`FORMAT_VERSION`] of the writer.
    pub format_version: u32,
    /// [`TOOL`](crate::TOOL) of the writer.
    pub tool: String,
    /// The function, such as `kintone-export`.
    pub function: String,
    /// The run's id.
    pub run: String,
    /// What triggered the run.
    pub trigger: Trigger,
    /// When reading began.
    pub started: Timestamp,
    /// When the last object was complete.
    pub ended: Timestamp,
    /// The objects, in the order in which they were completed; none where a service wrote them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub objects: Vec<ObjectEntry>,
    /// The function's own fields.
    #[serde(flatten)]
    pub details: Details,
}

/// The event that a run belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// The event's id.
    pub id: String,
    /// The event's time.
    pub time: Timestamp,
}

/// One object of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectEntry {
    /// The key, relative to the manifest's folder.
    pub name: String,
    /// The size in bytes, as stored.
    pub bytes: u64,
    /// SHA-256 of the stored bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// Rows or lines, where the object has them; a header does not count.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rows: Option<u64>,
}

//! What happened to an item: a line of an incremental export.

use jiff::Timestamp;

use crate::parse::{Record, required};
use crate::{FormatError, Item};

/// The last state of an item that changed within an incremental export's window; each item is there once.
///
/// An item that was put and deleted within the window is not there at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// When it was last written, to the microsecond.
    pub written: Timestamp,
    /// The key attributes of the item.
    pub keys: Item,
    /// The item at the window's end; `None` if it was deleted.
    pub new_image: Option<Item>,
    /// The item before the window; `None` if there was none, or the export has no old images.
    pub old_image: Option<Item>,
}

impl Change {
    /// Reads a line of an incremental export, such as
    /// `{"Metadata": {"WriteTimestampMicros": {"N": "1680109764000000"}}, "Keys": {…}, "NewImage": {…}, "OldImage": {…}}`.
    ///
    /// The service writes the time as `{"N": "…"}`; its documents show a plain text or number. All are read.
    ///
    /// # Errors
    /// It is no such line. The error names the attribute, never its value.
    pub fn parse(line: &[u8]) -> Result<Self, FormatError> {
        let record = Record::parse(line)?;
        Ok(Self {
            written: required(record.written, "Metadata.WriteTimestampMicros")?,
            keys: required(record.keys, "Keys")?,
            new_image: record.new_image,
            old_image: record.old_image,
        })
    }

    /// Whether the item was deleted.
    pub fn is_deletion(&self) -> bool {
        self.new_image.is_none()
    }
}

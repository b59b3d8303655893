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

#[cfg(test)]
mod tests {
    use super::*;

    const WRITTEN: &str = "2023-03-29T17:09:24.000001Z";

    fn parse(line: &str) -> Result<Change, FormatError> {
        Change::parse(line.as_bytes())
    }

    fn item(line: &str) -> Item {
        Item::parse(line.as_bytes()).unwrap()
    }

    #[test]
    fn a_record_of_both_images_is_read() {
        let change = parse(
            r#"{"Metadata":{"WriteTimestampMicros":{"N":"1680109764000001"}},"Keys":{"id":{"S":"a"}},
                "NewImage":{"id":{"S":"a"},"n":{"N":"2"}},"OldImage":{"id":{"S":"a"},"n":{"N":"1"}}}"#,
        )
        .unwrap();
        assert_eq!(change.written.to_string(), WRITTEN);
        assert_eq!(change.keys, item(r#"{"Item":{"id":{"S":"a"}}}"#));
        let new = item(r#"{"Item":{"id":{"S":"a"},"n":{"N":"2"}}}"#);
        let old = item(r#"{"Item":{"id":{"S":"a"},"n":{"N":"1"}}}"#);
        assert_eq!((change.new_image, change.old_image), (Some(new), Some(old)));
    }

    #[test]
    fn a_record_without_new_image_is_a_deletion() {
        let record = r#"{"Metadata":{"WriteTimestampMicros":{"N":"1"}},"Keys":{"id":{"S":"a"}}}"#;
        let change = parse(record).unwrap();
        assert!(change.is_deletion());
        assert_eq!(change.old_image, None);
    }

    #[test]
    fn the_time_is_read_as_written_and_as_documented() {
        for micros in [
            r#"{"N":"1680109764000001"}"#,
            r#""1680109764000001""#,
            "1680109764000001",
        ] {
            let line = format!(
                r#"{{"Keys":{{}},"Metadata":{{"Shard":1,"WriteTimestampMicros":{micros}}},"Added":[]}}"#
            );
            assert_eq!(parse(&line).unwrap().written.to_string(), WRITTEN);
        }
    }

    #[test]
    fn a_fault_names_where_it_is() {
        for (line, expected) in [
            (r#"{"Item":{}}"#, "Metadata.WriteTimestampMicros is missing"),
            (
                r#"{"Metadata":{},"Keys":{}}"#,
                "Metadata.WriteTimestampMicros is missing",
            ),
            (
                r#"{"Metadata":{"WriteTimestampMicros":{"N":"1"}}}"#,
                "Keys is missing",
            ),
            (
                r#"{"Metadata":{"WriteTimestampMicros":{"N":"1.5"}}}"#,
                "Metadata.WriteTimestampMicros is not a time in microseconds",
            ),
            (
                r#"{"Metadata":{"WriteTimestampMicros":{"N":"9999999999999999999"}}}"#,
                "Metadata.WriteTimestampMicros is not a time in microseconds",
            ),
            (
                r#"{"Metadata":{"WriteTimestampMicros":{"S":"1"}}}"#,
                "Metadata.WriteTimestampMicros is not written as its type is",
            ),
            (
                r#"{"Keys":{},"Keys":{}}"#,
                "the record holds the same name or value twice",
            ),
            (
                r#"{"OldImage":{"a":{"N":"secret"}}}"#,
                "OldImage.a is not a number",
            ),
        ] {
            assert_eq!(parse(line).unwrap_err().to_string(), expected, "{line}");
        }
    }
}

//! An item: a line of a full export.

use std::collections::BTreeMap;

use crate::parse::{Record, required};
use crate::write::json;
use crate::{AttributeValue, FormatError};

/// An item's attributes by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item(pub BTreeMap<String, AttributeValue>);

impl Item {
    /// Reads a line of a full export: `{"Item": {"id": {"S": "a"}, …}}`.
    ///
    /// # Errors
    /// It is no such line. The error names the attribute, never its value.
    pub fn parse(line: &[u8]) -> Result<Self, FormatError> {
        required(Record::parse(line)?.item, "Item")
    }

    /// Reads a line as [`Item::parse`] does, and tells whether it holds nothing but the item: such a line is a `PutRequest` of
    /// `BatchWriteItem` as it is.
    ///
    /// # Errors
    /// It is no such line. The error names the attribute, never its value.
    pub fn parse_request(line: &[u8]) -> Result<(Self, bool), FormatError> {
        let record = Record::parse(line)?;
        let is_request = record.parts == 1;
        Ok((required(record.item, "Item")?, is_request))
    }

    /// The line that [`Item::parse`] reads, without line feed. Names and sets are sorted, so equal
    /// items have equal lines, whatever they were read from: a digest may be taken of it.
    pub fn to_line(&self) -> String {
        json(&BTreeMap::from([("Item", self)]))
    }
}

#[cfg(test)]
pub(crate) mod tests;

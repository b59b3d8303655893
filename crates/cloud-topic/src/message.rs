//! What is published.

use std::collections::BTreeMap;

/// A message: bytes for the receiver, and attributes that a subscription can filter on.
///
/// Pub/Sub takes at most 10 MB of data and 100 attributes of up to 256 bytes of name and 1,024
/// bytes of value, and refuses a message that has neither data nor attributes.
/// **Source**: Pub/Sub documentation, "Quotas and limits".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The content, by convention JSON.
    pub data: Vec<u8>,
    /// Names and values beside the content.
    pub attributes: BTreeMap<String, String>,
}

impl Message {
    /// A message of `data` without attributes.
    pub fn new(data: impl Into<Vec<u8>>) -> Self {
        Self {
            data: data.into(),
            attributes: BTreeMap::new(),
        }
    }

    /// The same message with an attribute.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.insert(name.into(), value.into());
        self
    }
}

//! What is published.

use std::collections::BTreeMap;

/// A message: bytes for the receiver, and attributes that a subscription can filter on.
///
/// Pub/Sub takes at most 10 MB of data and 100 attributes of up to 256 bytes of name and 1,024
/// bytes of value, and refuses a message that has neither data nor attributes. SNS takes text only,
/// with its attributes at most 256 KiB, and refuses a message without data.
/// **Source**: Pub/Sub documentation, "Quotas and limits"; Amazon SNS API Reference, "Publish".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The content, by convention JSON.
    pub data: Vec<u8>,
    /// Names and values beside the content.
    pub attributes: BTreeMap<String, String>,
    /// A subject and plain words for subscribers by e-mail instead of the content. SNS alone has
    /// such subscribers.
    pub mail: Option<(String, String)>,
}

impl Message {
    /// A message of `data` without attributes.
    pub fn new(data: impl Into<Vec<u8>>) -> Self {
        Self {
            data: data.into(),
            ..Self::default()
        }
    }

    /// The same message with an attribute.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.insert(name.into(), value.into());
        self
    }

    /// The same message, which subscribers by e-mail read as `words` under `subject`.
    #[must_use]
    pub fn mail(mut self, subject: impl Into<String>, words: impl Into<String>) -> Self {
        self.mail = Some((subject.into(), words.into()));
        self
    }
}

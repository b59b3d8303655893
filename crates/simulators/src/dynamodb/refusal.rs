//! Refusals: the code, where it comes from, and the words.

use serde_json::{Map, Value, json};

use crate::exchange::Answer;
use crate::fault::Effect;

/// The content type of every answer.
const JSON_1_0: &str = "application/x-amz-json-1.0";

/// Codes that the front of the service gives, with their namespaces; all others are the service's own.
const CORAL: [(&str, &str); 7] = [
    ("AccessDeniedException", "com.amazon.coral.service"),
    ("ExpiredTokenException", "com.amazon.coral.service"),
    (
        "MissingAuthenticationTokenException",
        "com.amazon.coral.service",
    ),
    ("SerializationException", "com.amazon.coral.service"),
    ("ThrottlingException", "com.amazon.coral.availability"),
    ("UnknownOperationException", "com.amazon.coral.service"),
    ("ValidationException", "com.amazon.coral.validate"),
];

/// Why a request does nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    code: String,
    message: String,
    more: Map<String, Value>,
}

impl Refusal {
    pub(super) fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            more: Map::new(),
        }
    }

    /// Adds a member to the answer.
    pub(super) fn with(mut self, name: &str, value: Value) -> Self {
        self.more.insert(name.to_owned(), value);
        self
    }

    /// The words for a table that has no items to be read or written.
    pub(super) fn no_table() -> Self {
        Self::new("ResourceNotFoundException", "Requested resource not found")
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message)
    }

    pub(super) fn denied() -> Self {
        Self::new("AccessDeniedException", "Access is denied")
    }

    pub(super) fn message(&self) -> &str {
        &self.message
    }

    fn status(&self) -> u16 {
        match self.code.as_str() {
            "InternalServerError" => 500,
            _ => 400,
        }
    }

    pub(super) fn answer(&self) -> Answer {
        let namespace = CORAL.iter().find(|(code, _)| *code == self.code);
        let namespace = namespace.map_or("com.amazonaws.dynamodb.v20120810", |(_, name)| name);
        let mut body = json!({
            "__type": format!("{namespace}#{}", self.code),
            "message": self.message,
        });
        for (name, value) in &self.more {
            body[name] = value.clone();
        }
        answer(self.status(), &body)
    }
}

/// An answer, with the checksum that clients may look at.
pub(super) fn answer(status: u16, body: &Value) -> Answer {
    let body = body.to_string();
    let mut checksum = flate2::Crc::new();
    checksum.update(body.as_bytes());
    Answer::new(status, JSON_1_0, body)
        .with_header("x-amz-crc32", checksum.sum().to_string())
        .with_header("x-amzn-requestid", "SIMULATOR0000000000000000000")
}

/// A refusal to script, such as `ThrottlingException` with `Rate exceeded`, or `AccessDeniedException`.
///
/// Its status is 400, as is that of almost all of the service's refusals; for `InternalServerError` it is 500.
pub fn refuse(code: &str, message: &str) -> Effect {
    Effect::Answer(Refusal::new(code, message).answer())
}

/// The refusal of credentials that are no longer good, to script from the call on at which they expire.
pub fn expired() -> Effect {
    let words = "The security token included in the request is expired";
    refuse("ExpiredTokenException", words)
}

//! Why a request is no event.

/// The request can't be read as an event. Each message names the part that is wrong.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The body should be JSON.
    #[error("the body is not JSON; send a CloudEvent, a Pub/Sub push message or a JSON object")]
    NotJson(#[source] serde_json::Error),
    /// The body is JSON, but not an object.
    #[error("the body is JSON but not an object")]
    NotAnObject,
    /// Nothing says what kind of event this is.
    #[error(
        "the request is no event: it has no ce- headers, no `specversion`, no `message` and no \
         `eventType`; for an unwrapped Pub/Sub push switch on its metadata headers"
    )]
    NotAnEvent,
    /// Several events in one request.
    #[error("a batch of CloudEvents is not supported; send one event a request")]
    Batch,
    /// A part that the event must have is not there.
    #[error("the {shape} has no {name}")]
    Missing {
        /// The event's shape, such as `binary CloudEvent`.
        shape: &'static str,
        /// The missing header or key.
        name: &'static str,
    },
    /// A part of the event breaks a rule.
    #[error("{name} of the event is `{value}`: {rule}")]
    Invalid {
        /// The header or key.
        name: &'static str,
        /// Its value, cut to 80 characters.
        value: String,
        /// What a right value looks like.
        rule: &'static str,
    },
    /// The data of a message is not base64.
    #[error("message.data of the event is not base64")]
    NotBase64(#[source] base64::DecodeError),
    /// The content type promises JSON, but the data is something else.
    #[error("the data of the event is not the JSON that its content type promises")]
    NotJsonData(#[source] serde_json::Error),
    /// A background event of a type that has no CloudEvent type.
    #[error("eventType of the background event is `{0}`, which has no CloudEvent type")]
    UnknownType(String),
}

impl EventError {
    /// A value that breaks a rule; long values are cut.
    pub(crate) fn invalid(name: &'static str, value: &str, rule: &'static str) -> Self {
        Self::Invalid {
            name,
            value: value.chars().take(80).collect(),
            rule,
        }
    }
}

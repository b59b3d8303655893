//! Pub/Sub push messages, wrapped in JSON or not.
//!
//! **Source**: Pub/Sub documentation, "Push subscriptions" and "Payload unwrapping".

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use function_core::sha256_hex;
use http::HeaderMap;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::cloud_event::parse_time;
use crate::{CloudEvent, Data, EventError, MESSAGE_PUBLISHED};

const MESSAGE_ID: &str = "x-goog-pubsub-message-id";
const PUBLISH_TIME: &str = "x-goog-pubsub-publish-time";
const SUBSCRIPTION: &str = "x-goog-pubsub-subscription-name";

/// Headers of an unwrapped push that the transport wrote; every other one is an attribute.
const TRANSPORT: [&str; 16] = [
    "accept",
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "expect",
    "forwarded",
    "from",
    "host",
    "te",
    "traceparent",
    "tracestate",
    "transfer-encoding",
    "user-agent",
    "via",
];
const TRANSPORT_PREFIXES: [&str; 4] = ["x-cloud-", "x-forwarded-", "x-goog-", "x-serverless-"];

/// What a push message holds, decoded.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) id: Option<String>,
    pub(crate) publish_time: Option<Timestamp>,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) data: Vec<u8>,
}

/// Whether the metadata headers of an unwrapped push are there.
pub(crate) fn is_unwrapped(headers: &HeaderMap) -> bool {
    headers.contains_key(MESSAGE_ID) || headers.contains_key(SUBSCRIPTION)
}

/// The event of an unwrapped push: the body is the message's data, headers are its attributes.
///
/// Header names have no capitals, so neither have the attributes' names.
pub(crate) fn unwrapped(headers: &HeaderMap, body: &[u8]) -> Result<CloudEvent, EventError> {
    let attributes: Map<String, Value> = headers
        .iter()
        .filter(|(name, _)| !is_transport(name.as_str()))
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.to_string(), Value::from(value))
        })
        .collect();
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let mut message = json!({ "attributes": attributes, "data": BASE64_STANDARD.encode(body) });
    for (key, header) in [("messageId", MESSAGE_ID), ("publishTime", PUBLISH_TIME)] {
        if let Some(value) = text(header) {
            message[key] = value.into();
        }
    }
    let push = json!({ "subscription": text(SUBSCRIPTION), "message": message });
    event(push, body)
}

/// The event of a wrapped push: `{"subscription": …, "message": {…}}`.
///
/// A message without an id is named after the body, which a redelivery repeats.
pub(crate) fn wrapped(push: &Map<String, Value>, body: &[u8]) -> Result<CloudEvent, EventError> {
    event(Value::Object(push.clone()), body)
}

fn event(push: Value, body: &[u8]) -> Result<CloudEvent, EventError> {
    let fields = fields(&push)?;
    let id = string(fields, "messageId", "message_id")?;
    let time = string(fields, "publishTime", "publish_time")?;
    let subscription = push["subscription"].as_str().unwrap_or_default();
    Ok(CloudEvent {
        id: id.map_or_else(|| content_id(body), str::to_owned),
        source: format!("//pubsub.googleapis.com/{subscription}"),
        event_type: MESSAGE_PUBLISHED.to_owned(),
        subject: None,
        time: time
            .map(|time| parse_time("message.publishTime", time))
            .transpose()?,
        data_content_type: Some("application/json".to_owned()),
        data: Some(Data::Json(push)),
        extensions: BTreeMap::new(),
    })
}

/// An id for a trigger that has none: the same body gives the same id.
pub(crate) fn content_id(body: &[u8]) -> String {
    format!("sha256-{}", &sha256_hex(body)[..16])
}

/// Decodes the message of a push body. Data and attributes may be missing, null or empty.
pub(crate) fn message(push: &Value) -> Result<Message, EventError> {
    let fields = fields(push)?;
    let time = string(fields, "publishTime", "publish_time")?;
    let data = string(fields, "data", "data")?.unwrap_or_default();
    Ok(Message {
        id: string(fields, "messageId", "message_id")?.map(str::to_owned),
        publish_time: time
            .map(|time| parse_time("message.publishTime", time))
            .transpose()?,
        attributes: attributes(fields)?,
        data: BASE64_STANDARD
            .decode(data)
            .map_err(EventError::NotBase64)?,
    })
}

fn fields(push: &Value) -> Result<&Map<String, Value>, EventError> {
    match push.get("message") {
        Some(Value::Object(fields)) => Ok(fields),
        None => Err(EventError::Missing {
            shape: "Pub/Sub event",
            name: "message",
        }),
        Some(other) => Err(EventError::invalid(
            "message",
            &other.to_string(),
            "it must be an object with data, attributes, messageId and publishTime",
        )),
    }
}

/// A string under either of two spellings; null and empty count as missing.
fn string<'a>(
    fields: &'a Map<String, Value>,
    name: &'static str,
    other_name: &str,
) -> Result<Option<&'a str>, EventError> {
    match fields.get(name).or_else(|| fields.get(other_name)) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
        Some(other) => Err(EventError::invalid(
            name,
            &other.to_string(),
            "it must be a string",
        )),
    }
}

fn attributes(fields: &Map<String, Value>) -> Result<BTreeMap<String, String>, EventError> {
    const RULE: &str = "it must be an object of strings";
    let pairs = match fields.get("attributes") {
        None | Some(Value::Null) => return Ok(BTreeMap::new()),
        Some(Value::Object(pairs)) => pairs,
        Some(other) => {
            let words = other.to_string();
            return Err(EventError::invalid("message.attributes", &words, RULE));
        }
    };
    let text = |(name, value): (&String, &Value)| match value {
        Value::String(text) => Ok((name.clone(), text.clone())),
        other => {
            let words = other.to_string();
            Err(EventError::invalid("message.attributes", &words, RULE))
        }
    };
    pairs.iter().map(text).collect()
}

fn is_transport(name: &str) -> bool {
    TRANSPORT.contains(&name)
        || TRANSPORT_PREFIXES
            .iter()
            .any(|prefix| name.starts_with(prefix))
}

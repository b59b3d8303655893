//! A CloudEvent, whichever way it came.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use jiff::Timestamp;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::{EventError, binary, legacy, pubsub, structured};

/// The type of an event that carries a Pub/Sub message.
pub const MESSAGE_PUBLISHED: &str = "google.cloud.pubsub.topic.v1.messagePublished";

/// An event as the `CloudEvents` specification 1.0 describes it.
///
/// It serializes in structured mode.
#[derive(Clone, Debug, PartialEq)]
pub struct CloudEvent {
    /// `id`: unique within `source`; a redelivery repeats it.
    pub id: String,
    /// `source`: what the event is about, such as `//pubsub.googleapis.com/projects/p/topics/t`.
    pub source: String,
    /// `type`: what happened, such as [`MESSAGE_PUBLISHED`].
    pub event_type: String,
    /// `subject`: the part of the source, such as `objects/folder/file.csv`.
    pub subject: Option<String>,
    /// `time`: when it happened.
    pub time: Option<Timestamp>,
    /// `datacontenttype`: the media type of `data`.
    pub data_content_type: Option<String>,
    /// `data`; an event need not have any.
    pub data: Option<Data>,
    /// Every other attribute, `dataschema` and vendors' extensions alike.
    pub extensions: BTreeMap<String, String>,
}

/// What a CloudEvent carries.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// JSON, by its content type.
    Json(Value),
    /// Anything else.
    Bytes(Bytes),
}

impl CloudEvent {
    /// Reads the event of a request, in any of the five shapes.
    ///
    /// # Errors
    /// The request is no event, or a malformed one.
    pub fn from_request(headers: &HeaderMap, body: &Bytes) -> Result<Self, EventError> {
        match media_type(headers).as_str() {
            "application/cloudevents-batch+json" => return Err(EventError::Batch),
            "application/cloudevents+json" => return structured::read(parse_object(body)?),
            _ => {}
        }
        if binary::is_binary(headers) {
            return binary::read(headers, body);
        }
        if pubsub::is_unwrapped(headers) {
            return pubsub::unwrapped(headers, body);
        }
        Self::from_object(&parse_object(body)?, body)?.ok_or(EventError::NotAnEvent)
    }

    /// Reads the event that a JSON body is by itself; `None` when it is no envelope.
    pub(crate) fn from_object(
        object: &Map<String, Value>,
        body: &[u8],
    ) -> Result<Option<Self>, EventError> {
        if object.contains_key("specversion") {
            return structured::read(object.clone()).map(Some);
        }
        if object.contains_key("message") {
            return pubsub::wrapped(object, body).map(Some);
        }
        legacy::read(object)
    }
}

impl Serialize for CloudEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("specversion", "1.0")?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("source", &self.source)?;
        map.serialize_entry("type", &self.event_type)?;
        if let Some(subject) = &self.subject {
            map.serialize_entry("subject", subject)?;
        }
        if let Some(time) = &self.time {
            map.serialize_entry("time", time)?;
        }
        if let Some(data_content_type) = &self.data_content_type {
            map.serialize_entry("datacontenttype", data_content_type)?;
        }
        for (name, value) in &self.extensions {
            map.serialize_entry(name, value)?;
        }
        match &self.data {
            Some(Data::Json(value)) => map.serialize_entry("data", value)?,
            Some(Data::Bytes(bytes)) => {
                map.serialize_entry("data_base64", &BASE64_STANDARD.encode(bytes))?;
            }
            None => {}
        }
        map.end()
    }
}

/// The body as a JSON object.
pub(crate) fn parse_object(body: &[u8]) -> Result<Map<String, Value>, EventError> {
    match serde_json::from_slice(body).map_err(EventError::NotJson)? {
        Value::Object(object) => Ok(object),
        _ => Err(EventError::NotAnObject),
    }
}

/// An RFC 3339 time that the event calls `name`.
pub(crate) fn parse_time(name: &'static str, text: &str) -> Result<Timestamp, EventError> {
    text.parse().map_err(|_| {
        EventError::invalid(
            name,
            text,
            "a time looks like 2026-11-21T03:00:00Z (RFC 3339)",
        )
    })
}

/// Whether `media_type` promises JSON.
pub(crate) fn is_json(media_type: &str) -> bool {
    let essence = essence(media_type);
    essence == "application/json" || essence == "text/json" || essence.ends_with("+json")
}

fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE);
    essence(
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default(),
    )
}

/// The media type without its parameters, in lower case.
fn essence(media_type: &str) -> String {
    let essence = media_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

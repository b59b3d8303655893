//! CloudEvents in structured mode: one JSON object.
//!
//! **Source**: `CloudEvents` JSON event format 1.0.2.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value};

use crate::binary::check_version;
use crate::cloud_event::parse_time;
use crate::{CloudEvent, Data, EventError};

/// Reads the event.
pub(crate) fn read(mut object: Map<String, Value>) -> Result<CloudEvent, EventError> {
    check_version("specversion", &required(&mut object, "specversion")?)?;
    let id = required(&mut object, "id")?;
    let source = required(&mut object, "source")?;
    let event_type = required(&mut object, "type")?;
    let time = optional(&mut object, "time")?;
    Ok(CloudEvent {
        id,
        source,
        event_type,
        subject: optional(&mut object, "subject")?,
        time: time.map(|time| parse_time("time", &time)).transpose()?,
        data_content_type: optional(&mut object, "datacontenttype")?,
        data: data(&mut object)?,
        extensions: object
            .into_iter()
            .filter_map(|(name, value)| Some((name, plain(value)?)))
            .collect(),
    })
}

fn required(object: &mut Map<String, Value>, name: &'static str) -> Result<String, EventError> {
    let value = optional(object, name)?;
    value
        .filter(|value| !value.is_empty())
        .ok_or(EventError::Missing {
            shape: "structured CloudEvent",
            name,
        })
}

fn optional(
    object: &mut Map<String, Value>,
    name: &'static str,
) -> Result<Option<String>, EventError> {
    match object.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(EventError::invalid(
            name,
            &other.to_string(),
            "it must be a string",
        )),
    }
}

fn data(object: &mut Map<String, Value>) -> Result<Option<Data>, EventError> {
    if let Some(base64) = optional(object, "data_base64")? {
        let bytes = BASE64_STANDARD.decode(&base64).map_err(|_| {
            EventError::invalid("data_base64", &base64, "it must be base64 with padding")
        })?;
        return Ok(Some(Data::Bytes(bytes.into())));
    }
    Ok(object.remove("data").map(Data::Json))
}

/// An extension's value as text; the specification knows strings, numbers and booleans.
fn plain(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

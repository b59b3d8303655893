//! CloudEvents in binary mode: attributes in headers, data in the body.
//!
//! **Source**: `CloudEvents` HTTP protocol binding 1.0.2, section 3.1.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use percent_encoding::percent_decode_str;

use crate::cloud_event::{is_json, parse_time};
use crate::{CloudEvent, Data, EventError, MESSAGE_PUBLISHED};

const PREFIX: &str = "ce-";

/// Whether a header says that this is a CloudEvent.
pub(crate) fn is_binary(headers: &HeaderMap) -> bool {
    ["ce-specversion", "ce-type", "ce-id"]
        .iter()
        .any(|name| headers.contains_key(*name))
}

/// Reads the event.
pub(crate) fn read(headers: &HeaderMap, body: &Bytes) -> Result<CloudEvent, EventError> {
    let mut attributes = attributes(headers);
    let mut required = |name: &'static str| {
        let found = attributes.remove(&name[PREFIX.len()..]);
        found
            .filter(|value| !value.is_empty())
            .ok_or(EventError::Missing {
                shape: "binary CloudEvent",
                name,
            })
    };
    check_version("ce-specversion", &required("ce-specversion")?)?;
    let id = required("ce-id")?;
    let source = required("ce-source")?;
    let event_type = required("ce-type")?;
    let time = attributes.remove("time");
    let content_type = headers.get(CONTENT_TYPE).map(text);
    Ok(CloudEvent {
        data: data(&event_type, content_type.as_deref(), body)?,
        id,
        source,
        event_type,
        subject: attributes.remove("subject"),
        time: time.map(|time| parse_time("ce-time", &time)).transpose()?,
        data_content_type: content_type,
        extensions: attributes,
    })
}

/// Refuses other versions of the specification than 1.x.
pub(crate) fn check_version(name: &'static str, version: &str) -> Result<(), EventError> {
    if version == "1" || version.starts_with("1.") {
        return Ok(());
    }
    Err(EventError::invalid(
        name,
        version,
        "only version 1.0 is understood",
    ))
}

fn attributes(headers: &HeaderMap) -> BTreeMap<String, String> {
    headers
        .iter()
        .filter_map(|(name, value)| {
            let name = name.as_str().strip_prefix(PREFIX)?;
            Some((name.to_owned(), decoded(&text(value))))
        })
        .collect()
}

/// Undoes the quotes and the percent-encoding that the binding allows in header values.
fn decoded(value: &str) -> String {
    let quoted = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let plain = quoted.map_or_else(|| value.to_owned(), |inner| inner.replace('\\', ""));
    percent_decode_str(&plain).decode_utf8_lossy().into_owned()
}

fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// The body as its content type says. Without one, JSON is recognised; a Pub/Sub message is JSON
/// whatever the content type.
fn data(
    event_type: &str,
    content_type: Option<&str>,
    body: &Bytes,
) -> Result<Option<Data>, EventError> {
    if body.is_empty() {
        return Ok(None);
    }
    let must_be_json = event_type == MESSAGE_PUBLISHED || content_type.is_some_and(is_json);
    if !must_be_json && content_type.is_some() {
        return Ok(Some(Data::Bytes(body.clone())));
    }
    match serde_json::from_slice(body) {
        Ok(value) => Ok(Some(Data::Json(value))),
        Err(error) if must_be_json => Err(EventError::NotJsonData(error)),
        Err(_) => Ok(Some(Data::Bytes(body.clone()))),
    }
}

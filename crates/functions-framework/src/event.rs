//! From a CloudEvent, or from bytes alone, to the event that functions understand.

use std::collections::BTreeMap;

use function_core::{Clock, Event};
use jiff::Timestamp;
use serde_json::Value;

use crate::cloud_event::parse_object;
use crate::pubsub::{content_id, message};
use crate::{CloudEvent, Data, EventError, MESSAGE_PUBLISHED};

impl CloudEvent {
    /// Frees the event of its envelope.
    ///
    /// A Pub/Sub message gives its own id, publish time, attributes and decoded data; any other
    /// event gives its id, time, extension attributes and data. Without a time, it is `clock`'s.
    ///
    /// # Errors
    /// The event says that it is a Pub/Sub message, but what it carries is none.
    pub fn into_event(self, clock: &Clock) -> Result<Event, EventError> {
        if self.event_type == MESSAGE_PUBLISHED {
            return self.into_message_event(clock);
        }
        let payload = match self.data {
            None | Some(Data::Json(Value::Null)) => Vec::new(),
            Some(Data::Json(value)) => value.to_string().into_bytes(),
            Some(Data::Bytes(bytes)) => bytes.into(),
        };
        Ok(Event {
            id: self.id,
            time: self.time.unwrap_or_else(|| clock.now()),
            attributes: self.extensions,
            payload,
        })
    }

    fn into_message_event(self, clock: &Clock) -> Result<Event, EventError> {
        let Some(Data::Json(push)) = &self.data else {
            return Err(EventError::Missing {
                shape: "Pub/Sub event",
                name: "message",
            });
        };
        let message = message(push)?;
        let time = message.publish_time.or(self.time);
        Ok(Event {
            id: message.id.unwrap_or(self.id),
            time: time.unwrap_or_else(|| clock.now()),
            attributes: message.attributes,
            payload: message.data,
        })
    }
}

/// Reads an event from bytes alone, such as a file: any JSON envelope that a request may carry,
/// or the function's own JSON object.
///
/// Own JSON has neither id nor time: it is named after its content, and its time is `clock`'s.
/// Blank bytes read as own JSON that asks for what is due.
///
/// # Errors
/// The bytes are not a JSON object, or a malformed envelope.
pub fn read_event(body: &[u8], clock: &Clock) -> Result<Event, EventError> {
    let body = body.trim_ascii();
    if body.is_empty() {
        return Ok(own_event(body, clock.now()));
    }
    match CloudEvent::from_object(&parse_object(body)?, body)? {
        Some(event) => event.into_event(clock),
        None => Ok(own_event(body, clock.now())),
    }
}

fn own_event(body: &[u8], time: Timestamp) -> Event {
    Event {
        id: content_id(body),
        time,
        attributes: BTreeMap::new(),
        payload: body.to_vec(),
    }
}

//! What triggered a run.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::de::DeserializeOwned;

/// The attribute that tells how many seconds were waited since the event was first handed over.
const ELAPSED: &str = "elapsed-seconds";

/// A trigger, freed of its platform's envelope.
///
/// `id` and `time` come from the trigger itself (message id and publish time, the scheduled time),
/// so a redelivery carries the same two and names the same run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The trigger's own id; a redelivery repeats it.
    pub id: String,
    /// The trigger's own time; a redelivery repeats it.
    pub time: Timestamp,
    /// The message's attributes, or the event's extension attributes.
    pub attributes: BTreeMap<String, String>,
    /// The function's own input: JSON, or nothing.
    pub payload: Vec<u8>,
}

impl Event {
    /// An event that carries only `payload`.
    pub fn new(id: impl Into<String>, time: Timestamp, payload: impl Into<Vec<u8>>) -> Self {
        Self {
            id: id.into(),
            time,
            attributes: BTreeMap::new(),
            payload: payload.into(),
        }
    }

    /// The same event, handed over once more after `elapsed`, by somebody who waits for what it led to.
    #[must_use]
    pub fn after(&self, elapsed: Duration) -> Self {
        let mut event = self.clone();
        let seconds = elapsed.as_secs().to_string();
        event.attributes.insert(ELAPSED.to_owned(), seconds);
        event
    }

    /// Whether the event was handed over before, by somebody who waits for what it led to.
    pub fn is_repeated(&self) -> bool {
        self.attributes.contains_key(ELAPSED)
    }

    /// The time at which the event asks: its own, and what was waited since.
    pub fn now(&self) -> Timestamp {
        let elapsed = self.attributes.get(ELAPSED);
        let elapsed = elapsed.and_then(|seconds| seconds.parse().ok());
        self.time + Duration::from_secs(elapsed.unwrap_or(0))
    }

    /// The payload as `T`; an empty or blank one reads as `{}`.
    ///
    /// # Errors
    /// The payload is not JSON, or not of the shape of `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, PayloadError> {
        let payload = match self.payload.trim_ascii() {
            b"" => b"{}",
            payload => payload,
        };
        read(payload).map_err(|source| PayloadError {
            event: self.id.clone(),
            source,
        })
    }
}

/// Reads as `serde_json::from_slice`, and knows under which key it stopped.
fn read<T: DeserializeOwned>(
    payload: &[u8],
) -> Result<T, serde_path_to_error::Error<serde_json::Error>> {
    let mut json = serde_json::Deserializer::from_slice(payload);
    let mut track = serde_path_to_error::Track::new();
    let value = T::deserialize(serde_path_to_error::Deserializer::new(
        &mut json, &mut track,
    ));
    value
        .and_then(|value| json.end().map(|()| value))
        .map_err(|error| serde_path_to_error::Error::new(track.path(), error))
}

/// The payload was not what the function understands.
#[derive(Debug, thiserror::Error)]
#[error(
    "the message {event} is not a JSON object that this function understands; send {{}} for what is due"
)]
pub struct PayloadError {
    /// The event's id.
    pub event: String,
    /// Where, under which key, and why reading stopped.
    pub source: serde_path_to_error::Error<serde_json::Error>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, serde::Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Request {
        app: Option<u64>,
        as_of: Option<Timestamp>,
    }

    fn event(payload: &str) -> Event {
        Event::new("m-1", Timestamp::UNIX_EPOCH, payload)
    }

    #[test]
    fn an_empty_message_asks_for_what_is_due() {
        for payload in ["", " \n", "{}"] {
            assert_eq!(
                event(payload).json::<Request>().unwrap(),
                Request::default()
            );
        }
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let error = event(r#"{"ap": 1}"#).json::<Request>().unwrap_err();
        let words = crate::chain(&error);
        assert!(
            words.contains("message m-1") && words.contains("unknown field `ap`"),
            "{words}"
        );
    }

    #[test]
    fn a_value_that_can_not_be_is_refused_by_its_key() {
        let error = event(r#"{"as_of": "yesterday"}"#)
            .json::<Request>()
            .unwrap_err();
        let words = crate::chain(&error);
        assert!(words.contains(": as_of: "), "{words}");
    }

    #[test]
    fn what_follows_the_object_is_refused() {
        let error = event("{} {}").json::<Request>().unwrap_err();
        let words = crate::chain(&error);
        assert!(words.contains("trailing characters"), "{words}");
    }
}

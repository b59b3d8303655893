//! What Lambda was invoked with, as an event.

use function_core::{Clock, Event};
use jiff::Timestamp;
use serde_json::{Map, Value};

/// The payload is of a known shape, but a part of it is wrong.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error(
    "scheduledTime of the event is `{0}`; the schedule's input must be \
     {{\"scheduledTime\": \"<aws.scheduler.scheduled-time>\"}}"
)]
pub struct ScheduledTimeError(String);

/// Reads the invocation's payload.
///
/// | payload | id | time | the function's payload |
/// |---|---|---|---|
/// | an event of `EventBridge` | its own | its own | the whole |
/// | a message of SNS | the message's | the message's | the whole |
/// | `{"scheduledTime": …}` of `EventBridge` Scheduler | `schedule-{time}` | the scheduled one | the rest |
/// | anything else | the request's id | `clock`'s | the whole |
///
/// Lambda repeats the request's id when it tries an asynchronous invocation again.
pub(crate) fn event(
    payload: Value,
    request: &str,
    clock: &Clock,
) -> Result<Event, ScheduledTimeError> {
    let mut object = match payload {
        Value::Null => return Ok(Event::new(request, clock.now(), "")),
        Value::Object(object) => object,
        other => return Ok(Event::new(request, clock.now(), other.to_string())),
    };
    if let Some((id, time)) = eventbridge(&object).or_else(|| sns(&object)) {
        return Ok(Event::new(id, time, Value::Object(object).to_string()));
    }
    let scheduled = object.remove("scheduledTime");
    let (id, time) = match scheduled {
        None => (request.to_owned(), clock.now()),
        Some(scheduled) => {
            let time = scheduled_time(&scheduled)?;
            (format!("schedule-{time}"), time)
        }
    };
    Ok(Event::new(id, time, Value::Object(object).to_string()))
}

/// Whether `payload` is one that AWS made, which has an id and a time of its own.
pub(crate) fn is_known(payload: &Value) -> bool {
    let Value::Object(object) = payload else {
        return false;
    };
    object.contains_key("scheduledTime") || eventbridge(object).is_some()
}

/// The id and the time of an event of `EventBridge`.
///
/// **Source**: `EventBridge` documentation, "Events".
fn eventbridge(object: &Map<String, Value>) -> Option<(String, Timestamp)> {
    let text = |name: &str| object.get(name)?.as_str();
    text("detail-type")?;
    text("source")?;
    Some((text("id")?.to_owned(), text("time")?.parse().ok()?))
}

/// The id and the time of a message of SNS: Lambda gets each in an invocation of its own.
///
/// **Source**: Lambda documentation, "Invoking Lambda functions with Amazon SNS notifications".
fn sns(object: &Map<String, Value>) -> Option<(String, Timestamp)> {
    let [record] = object.get("Records")?.as_array()?.as_slice() else {
        return None;
    };
    let message = record.get("Sns")?;
    let text = |name: &str| message.get(name)?.as_str();
    Some((
        text("MessageId")?.to_owned(),
        text("Timestamp")?.parse().ok()?,
    ))
}

fn scheduled_time(value: &Value) -> Result<Timestamp, ScheduledTimeError> {
    let text = value.as_str().unwrap_or_default();
    text.parse()
        .map_err(|_| ScheduledTimeError(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: &str = "2026-11-21T04:00:00Z";

    fn read(payload: Value) -> Event {
        let clock = Clock::fixed(NOW.parse().unwrap());
        event(payload, "r-1", &clock).unwrap()
    }

    #[test]
    fn an_event_of_eventbridge_keeps_its_id_and_time() {
        let payload = json!({
            "version": "0", "id": "e-1", "detail-type": "RDS DB Cluster Snapshot Event",
            "source": "aws.rds", "time": "2026-11-21T03:00:00Z", "detail": {},
        });
        let event = read(payload.clone());
        assert_eq!(
            (event.id.as_str(), event.time.to_string()),
            ("e-1", "2026-11-21T03:00:00Z".into())
        );
        assert_eq!(event.json::<Value>().unwrap(), payload);
    }

    #[test]
    fn a_message_of_sns_keeps_its_id_and_time() {
        let payload = json!({ "Records": [{
            "EventSource": "aws:sns", "EventVersion": "1.0",
            "Sns": {
                "Type": "Notification", "MessageId": "m-1", "Message": "{}",
                "Timestamp": "2026-11-21T03:00:00.125Z",
            },
        }] });
        let event = read(payload.clone());
        assert_eq!(
            (event.id.as_str(), event.time.to_string()),
            ("m-1", "2026-11-21T03:00:00.125Z".into())
        );
        assert_eq!(event.json::<Value>().unwrap(), payload);
    }

    #[test]
    fn a_schedule_is_named_after_its_time() {
        let event = read(json!({ "scheduledTime": "2026-11-21T03:00:00Z", "source": "orders" }));
        assert_eq!(event.id, "schedule-2026-11-21T03:00:00Z");
        assert_eq!(event.time.to_string(), "2026-11-21T03:00:00Z");
        assert_eq!(event.payload, br#"{"source":"orders"}"#);
    }

    #[test]
    fn a_schedule_without_its_time_is_refused() {
        let payload = json!({ "scheduledTime": "<aws.scheduler.scheduled-time>" });
        let clock = Clock::fixed(NOW.parse().unwrap());
        let error = event(payload, "r-1", &clock).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("scheduledTime of the event is `<aws.")
        );
    }

    #[test]
    fn anything_else_is_named_after_the_request() {
        for (payload, expected) in [
            (json!({ "app": 12 }), r#"{"app":12}"#),
            (json!({ "Records": [] }), r#"{"Records":[]}"#),
            (json!(null), ""),
            (json!([1]), "[1]"),
        ] {
            let event = read(payload);
            assert_eq!(
                (event.id.as_str(), event.time.to_string()),
                ("r-1", NOW.into())
            );
            assert_eq!(event.payload, expected.as_bytes());
        }
    }
}

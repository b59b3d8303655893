//! What an event asks for.

use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use aws_lambda_events::event::sns::SnsEvent;
use function_core::{Event, PayloadError};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;

/// What an event asks for; `{}` or nothing means what is due.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a key of its own in the event"
)]
pub struct Request {
    /// Only this source.
    pub source: Option<String>,
    /// This day instead of the newest, in the company's zone: `2026-11-21`.
    pub date: Option<Date>,
    /// Look again at a run that is settled, and start once more what failed.
    pub force: bool,
    /// Only say what would be done.
    pub dry_run: bool,
    /// Only send a notice, to prove that it arrives.
    pub drill: bool,
    /// Follow what has begun; begin only what a fixed time of day tells to be due.
    pub tick: bool,
}

impl Request {
    /// Reads the request in `event`. An event of a service (`EventBridge`, or through SNS) is a tick: it says
    /// that something changed, and what did is looked up, because events come late, twice or never.
    ///
    /// # Errors
    /// The payload is neither such an event nor a request of known keys.
    pub fn of(event: &Event) -> Result<Self, PayloadError> {
        let tick = Self {
            tick: true,
            ..Self::default()
        };
        let payload: Value = event.json()?;
        if payload.get("detail-type").is_some()
            && let Ok(notice) = event.json::<EventBridgeEvent<Value>>()
        {
            tracing::info!(from = notice.source, kind = notice.detail_type, "notified");
            return Ok(tick);
        }
        if payload.get("Records").is_some()
            && let Ok(notice) = event.json::<SnsEvent>()
        {
            tracing::info!(records = notice.records.len(), "notified through SNS");
            return Ok(tick);
        }
        let mut request: Self = event.json()?;
        // A person who waits asked once.
        request.force &= !event.is_repeated();
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;

    fn read(payload: &str) -> Result<Request, PayloadError> {
        Request::of(&Event::new("e-1", Timestamp::UNIX_EPOCH, payload))
    }

    #[test]
    fn nothing_asks_for_what_is_due() {
        assert_eq!(read("").unwrap(), Request::default());
        assert_eq!(read("{}").unwrap(), Request::default());
    }

    #[test]
    fn keys_are_read_and_unknown_ones_refused() {
        let request = read(r#"{"source":"app-db","date":"2026-11-21","force":true}"#).unwrap();
        assert_eq!(request.source.as_deref(), Some("app-db"));
        assert!(request.force && !request.tick);
        let words = function_core::chain(&read(r#"{"table":"a"}"#).unwrap_err());
        assert!(words.contains("unknown field `table`"), "{words}");
    }

    #[test]
    fn who_waits_forces_once() {
        let event = Event::new("e-1", Timestamp::UNIX_EPOCH, r#"{"force":true}"#);
        assert!(Request::of(&event).unwrap().force);
        assert!(!Request::of(&event.after(Duration::ZERO)).unwrap().force);
    }

    #[test]
    fn a_services_event_is_a_tick() {
        let event = r#"{"version":"0","id":"1","detail-type":"RDS DB Cluster Snapshot Event","source":"aws.rds",
            "account":"1","time":"2026-11-21T00:00:00Z","region":"ap-northeast-1","resources":[],"detail":{"EventID":"RDS-EVENT-0169"}}"#;
        assert!(read(event).unwrap().tick);
    }
}

//! One attempt at a call, as errors tell it.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use function_core::Clock;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use serde_json::error::Category;

use crate::call::Call;
use crate::error::ClientError;
use crate::limits;
use crate::refusal::Refusal;

/// The `number`-th attempt at `call`, counted from 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt<'a> {
    pub(crate) call: &'a Call,
    pub(crate) number: u32,
}

impl Attempt<'_> {
    pub(crate) fn timeout(self, limit: Duration) -> ClientError {
        ClientError::Timeout {
            call: self.call.what.clone(),
            attempts: self.number,
            limit,
        }
    }

    pub(crate) fn unreachable(self, source: reqwest::Error) -> ClientError {
        let call = self.call.what.clone();
        // The address holds the filter, which may hold personal data.
        let source = source.without_url();
        if is_lasting(&source) {
            return ClientError::Untrusted { call, source };
        }
        ClientError::Unreachable {
            call,
            attempts: self.number,
            source,
        }
    }

    /// An answer that is not a success.
    pub(crate) fn refused(self, head: &Head, body: &[u8]) -> ClientError {
        let call = self.call.what.clone();
        match Refusal::parse(head.status, body, head.wait) {
            Some(refusal) => ClientError::Refused {
                call,
                attempts: self.number,
                refusal: Box::new(refusal),
            },
            None => self.not_json(head, body.len()),
        }
    }

    /// A success that `read` does not understand.
    pub(crate) fn unread(
        self,
        head: &Head,
        length: usize,
        source: serde_json::Error,
    ) -> ClientError {
        match source.classify() {
            Category::Data => ClientError::Decode {
                call: self.call.what.clone(),
                source,
            },
            Category::Io | Category::Syntax | Category::Eof => self.not_json(head, length),
        }
    }

    pub(crate) fn not_json(self, head: &Head, length: usize) -> ClientError {
        ClientError::NotJson {
            call: self.call.what.clone(),
            attempts: self.number,
            status: head.status,
            content: format!("{length} bytes of {}", head.content_type),
            retry_after: head.wait,
        }
    }

    pub(crate) fn warned(self, warning: &str) -> ClientError {
        let filter = match self.call.text("query") {
            "" => String::new(),
            query => format!(" `{}`", without_texts(query)),
        };
        ClientError::Warned {
            call: self.call.what.clone(),
            filter,
            warning: warning.to_owned(),
        }
    }
}

/// `query` without what is between quotation marks: that may be what records hold.
fn without_texts(query: &str) -> String {
    let outside = query.split('"').step_by(2);
    outside.collect::<Vec<_>>().join("\"…\"")
}

/// Whether the same handshake can't succeed later: rustls tells of bad certificates and other
/// faults of the protocol as invalid data.
fn is_lasting(error: &reqwest::Error) -> bool {
    let mut source = error.source();
    while let Some(cause) = source {
        if cause.downcast_ref().is_some_and(is_invalid_data) {
            return error.is_connect();
        }
        source = cause.source();
    }
    false
}

/// Looks into errors inside of `error` too, which its `source` passes over.
fn is_invalid_data(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    error.kind() == io::ErrorKind::InvalidData || inner.is_some_and(is_invalid_data)
}

/// What an answer tells before its body.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) wait: Option<Duration>,
}

impl Head {
    pub(crate) fn new(status: u16, headers: &HeaderMap, clock: &Clock) -> Self {
        let content_type = headers.get(CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        Self {
            status,
            content_type: content_type.unwrap_or("unknown type").to_owned(),
            wait: retry_after(headers, clock),
        }
    }
}

/// `Retry-After`, in seconds or as a date.
fn retry_after(headers: &HeaderMap, clock: &Clock) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if let Ok(seconds) = text.parse() {
        Duration::from_secs(seconds)
    } else {
        let then = DateTimeParser::new().parse_timestamp(text).ok()?;
        Duration::try_from(then.duration_since(clock.now())).unwrap_or_default()
    };
    Some(wait.min(limits::RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn wait(text: &'static str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static(text));
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        retry_after(&headers, &Clock::fixed(now))
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        assert_eq!(
            wait("Sat, 21 Nov 2026 12:00:30 GMT"),
            Some(Duration::from_secs(30))
        );
        assert_eq!(wait("Sat, 21 Nov 2026 11:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(wait("soon"), None);
    }

    #[test]
    fn retry_after_has_a_bound() {
        assert_eq!(wait("86400"), Some(limits::RETRY_AFTER));
    }
}

//! The span of a request, with the trace that the platform began.

use http::HeaderMap;
use tracing::Span;
use tracing::field::Empty;

/// A trace and the caller's span within it.
#[derive(Debug, PartialEq, Eq)]
struct TraceContext {
    /// 32 hexadecimal digits.
    trace: String,
    /// 16 hexadecimal digits, where the caller names a span.
    span_id: Option<String>,
    sampled: bool,
}

/// The span that a request runs in. At the level of errors, so that no log level loses the trace.
///
/// `event` is filled in when the request is known to carry one.
pub(crate) fn request_span(function: &str, headers: &HeaderMap) -> Span {
    let span = tracing::error_span!(
        "request",
        function,
        event = Empty,
        trace = Empty,
        span_id = Empty,
        trace_sampled = Empty,
        execution_id = Empty,
    );
    if let Some(context) = trace_context(headers) {
        span.record("trace", context.trace);
        span.record("trace_sampled", context.sampled);
        if let Some(span_id) = context.span_id {
            span.record("span_id", span_id);
        }
    }
    if let Some(execution) = text(headers, "function-execution-id") {
        span.record("execution_id", execution);
    }
    span
}

fn trace_context(headers: &HeaderMap) -> Option<TraceContext> {
    let standard = text(headers, "traceparent").and_then(parse_traceparent);
    standard.or_else(|| text(headers, "x-cloud-trace-context").and_then(parse_cloud_trace))
}

/// `00-{32 hex}-{16 hex}-{flags}`. **Source**: W3C Trace Context, section 3.2.
fn parse_traceparent(value: &str) -> Option<TraceContext> {
    let mut parts = value.trim().split('-');
    let _version = parts.next().filter(|part| is_hex(part, 2))?;
    let trace = parts.next().filter(|part| is_hex(part, 32))?;
    let span_id = parts.next().filter(|part| is_hex(part, 16))?;
    let flags = parts.next().filter(|part| is_hex(part, 2))?;
    Some(TraceContext {
        trace: trace.to_owned(),
        span_id: Some(span_id.to_owned()),
        sampled: u8::from_str_radix(flags, 16).is_ok_and(|flags| flags & 1 == 1),
    })
}

/// `{32 hex}/{decimal span};o={0 or 1}`. **Source**: Cloud Trace documentation, "Trace context".
fn parse_cloud_trace(value: &str) -> Option<TraceContext> {
    let (ids, options) = value.trim().split_once(';').unwrap_or((value.trim(), ""));
    let (trace, span) = ids.split_once('/').unwrap_or((ids, ""));
    let span = span.parse::<u64>().ok().filter(|span| *span != 0);
    is_hex(trace, 32).then(|| TraceContext {
        trace: trace.to_ascii_lowercase(),
        span_id: span.map(|span| format!("{span:016x}")),
        sampled: options == "o=1",
    })
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    fn context(pairs: &[(&'static str, &str)]) -> Option<TraceContext> {
        let headers = pairs.iter().map(|(name, value)| {
            let name = http::HeaderName::from_static(name);
            (name, value.parse().unwrap())
        });
        trace_context(&headers.collect())
    }

    fn traced(span_id: Option<&str>, sampled: bool) -> TraceContext {
        TraceContext {
            trace: TRACE.to_owned(),
            span_id: span_id.map(str::to_owned),
            sampled,
        }
    }

    #[test]
    fn the_standard_header_comes_first() {
        let standard = format!("00-{TRACE}-00f067aa0ba902b7-01");
        let pairs = [
            ("traceparent", standard.as_str()),
            (
                "x-cloud-trace-context",
                "105445aa7843bc8bf206b12000100000/1;o=0",
            ),
        ];
        assert_eq!(
            context(&pairs),
            Some(traced(Some("00f067aa0ba902b7"), true))
        );
    }

    #[test]
    fn a_decimal_span_becomes_hexadecimal() {
        let value = format!("{TRACE}/255;o=1");
        let found = context(&[("x-cloud-trace-context", &value)]);
        assert_eq!(found, Some(traced(Some("00000000000000ff"), true)));
    }

    #[test]
    fn a_trace_without_a_span_is_enough() {
        assert_eq!(
            context(&[("x-cloud-trace-context", TRACE)]),
            Some(traced(None, false))
        );
    }

    #[test]
    fn a_malformed_header_gives_way_to_the_other() {
        let value = format!("{TRACE}/0;o=0");
        let pairs = [
            ("traceparent", "00-xyz"),
            ("x-cloud-trace-context", value.as_str()),
        ];
        assert_eq!(context(&pairs), Some(traced(None, false)));
        assert_eq!(context(&[("traceparent", "garbage")]), None);
    }
}

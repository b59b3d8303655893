//! What each reader gets to see.

use std::sync::{Arc, Mutex};

use function_core::{Clock, Env, Gauges};
use serde_json::{Value, json};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::google_cloud::GoogleCloud;
use crate::lambda::Lambda;
use crate::layer::{Formatter, LogLayer};

/// The lines that `work` logs.
fn lines(formatter: Formatter, work: impl FnOnce()) -> Vec<String> {
    let written = Arc::new(Mutex::new(Vec::new()));
    let buffer = Arc::clone(&written);
    let clock = Clock::fixed("2026-11-21T03:00:00.5Z".parse().unwrap());
    let layer = LogLayer::new(formatter, clock, move |line: &[u8]| {
        buffer.lock().unwrap().extend_from_slice(line);
    });
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), work);
    let written = String::from_utf8(std::mem::take(&mut *written.lock().unwrap())).unwrap();
    assert!(written.ends_with('\n'));
    written.lines().map(str::to_owned).collect()
}

fn json_lines(formatter: Formatter, work: impl FnOnce()) -> Vec<Value> {
    let lines = lines(formatter, work);
    lines
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn google_cloud() -> Formatter {
    let env = Env::from_iter([
        ("GOOGLE_CLOUD_PROJECT", "tasuki-demo"),
        ("K_SERVICE", "kintone-export"),
        ("K_REVISION", "kintone-export-00007"),
    ]);
    Formatter::GoogleCloud(GoogleCloud::from_env(&env))
}

fn lambda() -> Formatter {
    let env = Env::from_iter([("AWS_LAMBDA_FUNCTION_NAME", "dynamodb-export-prod")]);
    Formatter::Lambda(Lambda::from_env(&env))
}

#[test]
fn a_line_of_cloud_logging_has_the_fields_of_its_spans() {
    let seen = json_lines(google_cloud(), || {
        let run = tracing::info_span!("run", function = "kintone-export", app = 1);
        let _run = run.enter();
        let page = tracing::info_span!("page", app = 12, page = tracing::field::Empty);
        page.record("page", 3_u64);
        page.in_scope(|| tracing::info!(records = 500_u64, whole = true, "page read"));
    });
    assert_eq!(
        seen,
        [json!({
            "severity": "INFO", "timestamp": "2026-11-21T03:00:00.5Z", "message": "page read",
            "function": "kintone-export", "app": 12, "page": 3, "records": 500, "whole": true,
        })]
    );
}

#[test]
fn a_line_is_linked_to_its_trace() {
    let request = || {
        let span = tracing::error_span!(
            "request",
            trace = "4bf92f3577b34da6a3ce929d0e0e4736",
            span_id = "00f067aa0ba902b7",
            trace_sampled = true,
            execution_id = "e-1",
        );
        span.in_scope(|| tracing::info!("seen"));
    };
    let seen = json_lines(google_cloud(), request);
    let trace = "projects/tasuki-demo/traces/4bf92f3577b34da6a3ce929d0e0e4736";
    assert_eq!(seen[0]["logging.googleapis.com/trace"], trace);
    assert_eq!(seen[0]["logging.googleapis.com/spanId"], "00f067aa0ba902b7");
    assert_eq!(seen[0]["logging.googleapis.com/trace_sampled"], true);
    assert_eq!(
        seen[0]["logging.googleapis.com/labels"]["execution_id"],
        "e-1"
    );
    assert_eq!(seen[0].get("trace"), None);
    let without_project = Formatter::GoogleCloud(GoogleCloud::from_env(&Env::default()));
    let seen = json_lines(without_project, request);
    assert_eq!(seen[0]["trace"], "4bf92f3577b34da6a3ce929d0e0e4736");
}

#[test]
fn an_error_reaches_error_reporting_with_its_words() {
    let seen = json_lines(google_cloud(), || {
        tracing::error!(error = "app 12 was not read", "given up");
        tracing::warn!("trying again");
    });
    assert_eq!(seen[0]["severity"], "ERROR");
    assert_eq!(seen[0]["message"], "given up: app 12 was not read");
    let kind = seen[0]["@type"].as_str().unwrap();
    assert!(kind.ends_with("v1beta1.ReportedErrorEvent"), "{kind}");
    let context = json!({ "service": "kintone-export", "version": "kintone-export-00007" });
    assert_eq!(seen[0]["serviceContext"], context);
    let location = &seen[0]["logging.googleapis.com/sourceLocation"];
    assert!(
        location["file"].as_str().unwrap().ends_with("tests.rs"),
        "{location}"
    );
    assert_eq!(seen[1]["severity"], "WARNING");
    assert_eq!(seen[1].get("@type"), None);
}

#[test]
fn an_error_value_is_written_with_its_sources() {
    let seen = json_lines(google_cloud(), || {
        let source = std::io::Error::other("disk full");
        let error = std::io::Error::other(Box::<dyn std::error::Error + Send + Sync>::from(source));
        let error: &dyn std::error::Error = &error;
        tracing::error!(error, "given up");
    });
    assert_eq!(seen[0]["message"], "given up: disk full");
}

#[test]
fn a_line_of_lambda_has_the_request_id() {
    let seen = json_lines(lambda(), || {
        let span = tracing::info_span!("Lambda runtime invoke", requestId = "r-1");
        span.in_scope(|| tracing::warn!(attempt = 2, "trying again"));
    });
    assert_eq!(
        seen,
        [json!({
            "timestamp": "2026-11-21T03:00:00.5Z", "level": "WARN", "message": "trying again",
            "requestId": "r-1", "attempt": 2,
        })]
    );
}

#[test]
fn gauges_become_metrics_of_the_function_on_lambda() {
    let seen = json_lines(lambda(), || {
        let span = tracing::info_span!("Lambda runtime invoke", requestId = "r-1", attempt = 2);
        span.in_scope(|| gauges().log());
    });
    let metric = |name, unit| json!({ "Name": name, "Unit": unit });
    assert_eq!(
        seen,
        [json!({
            "_aws": {
                "Timestamp": 1_795_230_000_500_u64,
                "CloudWatchMetrics": [{
                    "Namespace": "Tasuki",
                    "Dimensions": [["FunctionName"]],
                    "Metrics": [
                        metric("OldestVerifiedAge", "Seconds"),
                        metric("Shrunk", "Count"),
                        metric("Unverified", "Count"),
                    ],
                }],
            },
            "FunctionName": "dynamodb-export-prod",
            "OldestVerifiedAge": 1234, "Shrunk": 0, "Unverified": 2,
        })]
    );
}

#[test]
fn a_gauge_that_nobody_could_measure_is_no_metric() {
    let unknown = Gauges {
        oldest_verified_age: None,
        ..gauges()
    };
    let seen = json_lines(lambda(), || unknown.log());
    let metrics = &seen[0]["_aws"]["CloudWatchMetrics"][0]["Metrics"];
    assert_eq!(metrics.as_array().unwrap().len(), 2);
    assert_eq!(seen[0].get("OldestVerifiedAge"), None);
}

#[test]
fn gauges_are_an_ordinary_line_elsewhere() {
    let seen = json_lines(google_cloud(), || gauges().log());
    assert_eq!(seen[0]["message"], "gauges");
    assert_eq!(seen[0]["OldestVerifiedAge"], 1234);
    let seen = lines(Formatter::Terminal, || gauges().log());
    let line = "03:00:00Z INFO  gauges OldestVerifiedAge=1234 Shrunk=0 Unverified=2";
    assert_eq!(seen, [line]);
}

fn gauges() -> Gauges {
    Gauges {
        oldest_verified_age: Some(1234),
        unverified: 2,
        shrunk: 0,
    }
}

#[test]
fn a_person_reads_plain_lines() {
    let seen = lines(Formatter::Terminal, || {
        tracing::info!(app = 12, name = "two words", word = "one", "run ended");
        tracing::error!(error = "app 12 was not read", "given up");
    });
    assert_eq!(
        seen,
        [
            "03:00:00Z INFO  run ended app=12 name=\"two words\" word=one",
            "03:00:00Z ERROR given up: app 12 was not read",
        ]
    );
}

#[test]
fn control_characters_never_break_a_line() {
    let evil = "a\nb\r\u{1b}[2J\0\u{85}\u{2028}c";
    for formatter in [google_cloud(), lambda()] {
        let seen = json_lines(formatter, || tracing::info!(name = evil, "{evil}"));
        assert_eq!(seen.len(), 1);
        assert_eq!(
            (&seen[0]["name"], &seen[0]["message"]),
            (&json!(evil), &json!(evil))
        );
    }
    let seen = lines(Formatter::Terminal, || {
        tracing::info!(name = evil, word = "\u{1b}x", "{evil}");
    });
    assert_eq!(seen.len(), 1);
    assert!(!seen[0].contains(char::is_control), "{:?}", seen[0]);
}

#[test]
fn a_field_can_not_hide_what_every_line_has() {
    let seen = json_lines(google_cloud(), || tracing::info!(severity = "FAKE", "true"));
    assert_eq!(seen[0]["severity"], "INFO");
}

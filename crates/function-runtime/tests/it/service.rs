//! As a Cloud Run service.

use std::net::TcpListener;

use axum::body::Body;
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::json;

use crate::process::{Running, assert_within_the_grace, echo};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// The service, and its port.
async fn start(wait: &str) -> (Running, u64) {
    let env = [
        ("PORT", "0"),
        ("K_SERVICE", "echo"),
        ("GOOGLE_CLOUD_PROJECT", "tasuki-demo"),
        ("ECHO_WAIT_MILLISECONDS", wait),
    ];
    let mut running = Running::start(echo(&env));
    let port = running.logged("serving").await["port"].as_u64().unwrap();
    (running, port)
}

/// The status of a push of `data`, which is base64.
async fn push(port: u64, data: &str) -> (u16, String) {
    let body = json!({ "message": { "data": data, "messageId": "8472" } });
    let request = axum::http::Request::post(format!("http://127.0.0.1:{port}/"))
        .header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"))
        .body(Body::from(body.to_string()))
        .unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let response = client.request(request).await.unwrap();
    let status = response.status().as_u16();
    let words = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(words.to_vec()).unwrap())
}

#[tokio::test]
async fn each_outcome_has_its_status_and_its_traced_line() {
    let (mut running, port) = start("0").await;
    // {}, {"do":"retry"}, {"do":"drop"}, {"do":"panic"}
    for (data, status, message, severity) in [
        ("e30=", 204, "run ended", "INFO"),
        (
            "eyJkbyI6InJldHJ5In0=",
            503,
            "to be tried again: the echo is away",
            "WARNING",
        ),
        (
            "eyJkbyI6ImRyb3AifQ==",
            204,
            "given up: the echo is refused",
            "ERROR",
        ),
        (
            "eyJkbyI6InBhbmljIn0=",
            500,
            "panicked: the echo fell",
            "ERROR",
        ),
    ] {
        assert_eq!(push(port, data).await.0, status, "{message}");
        let line = running.logged(message).await;
        assert_eq!(line["severity"], severity);
        assert_eq!(
            (&line["function"], &line["event"]),
            (&json!("echo"), &json!("8472"))
        );
        let trace = format!("projects/tasuki-demo/traces/{TRACE}");
        assert_eq!(line["logging.googleapis.com/trace"], trace);
    }
}

#[tokio::test]
async fn a_stop_lets_the_running_event_finish() {
    let (mut running, port) = start("300").await;
    let pushing = push(port, "e30=");
    let stopping = async {
        running.logged("working").await;
        running.terminate().await;
        running.logged("stopping").await;
    };
    let ((status, _), ()) = tokio::join!(pushing, stopping);
    assert_eq!(status, 204);
    assert_eq!(running.ended().await, Some(0));
}

#[tokio::test]
async fn an_event_that_outlasts_the_stop_is_given_back_before_the_platform_kills() {
    let (mut running, port) = start("60000").await;
    let pushing = push(port, "e30=");
    let stopping = async {
        running.logged("working").await;
        running.terminate().await;
        std::time::Instant::now()
    };
    let ((status, words), stopped) = tokio::join!(pushing, stopping);
    assert_eq!(
        (status, words.as_str()),
        (503, "the server stops; send the event again")
    );
    assert_eq!(running.ended().await, Some(0));
    assert_within_the_grace(stopped);
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let taken = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut running = Running::start(echo(&[("PORT", &port)]));
    let line = running.logged("not started").await;
    let words = line["error"].as_str().unwrap();
    assert!(
        words.starts_with(&format!("port {port} can't be listened on")),
        "{words}"
    );
    assert_eq!(running.ended().await, Some(2));
}

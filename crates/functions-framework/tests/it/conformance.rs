//! The checks of the Functions Framework conformance suite.

use std::future::ready;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use function_core::Outcome;
use functions_framework::{CloudEvent, cloud_event_function, http_function, typed_function};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::sync::Barrier;

use crate::server::{Server, time};

/// The name, the CloudEvent and the background event of each case.
fn samples() -> Vec<(String, Value, Value)> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut samples = Vec::new();
    for entry in std::fs::read_dir(golden).unwrap() {
        let folder = entry.unwrap().path();
        if folder.is_dir() {
            let read = |file| {
                let text = std::fs::read_to_string(folder.join(file)).unwrap();
                serde_json::from_str(&text).unwrap()
            };
            let name = folder.file_name().unwrap().to_string_lossy().into_owned();
            samples.push((name, read("cloud-event.json"), read("background.json")));
        }
    }
    samples
}

/// A function that writes what it sees as structured JSON, and the place where it writes.
fn writer() -> (Router, Arc<Mutex<Value>>) {
    let output = Arc::new(Mutex::new(Value::Null));
    let written = Arc::clone(&output);
    let routes = cloud_event_function(move |event: CloudEvent| {
        *written.lock().unwrap() = serde_json::to_value(&event).unwrap();
        ready(Outcome::Done(Vec::new()))
    });
    (routes, output)
}

/// The same event, though its time may be written another way.
fn assert_same(case: &str, expected: &Value, output: &Mutex<Value>) {
    let mut expected = expected.clone();
    let mut seen = std::mem::take(&mut *output.lock().unwrap());
    for event in [&mut expected, &mut seen] {
        event["time"] = time(event["time"].as_str().expect(case)).to_string().into();
    }
    assert_eq!(seen, expected, "{case}");
}

/// The attributes as headers, percent-encoded, and the data as the body.
async fn post_binary(server: &Server, event: &Value) -> StatusCode {
    let mut headers = Vec::new();
    for (name, value) in event.as_object().unwrap() {
        let text = value.as_str().map(percent_encoded);
        match name.as_str() {
            "data" => {}
            "datacontenttype" => headers.push(("content-type".to_owned(), text.unwrap())),
            name => headers.push((format!("ce-{name}"), text.unwrap())),
        }
    }
    let pairs = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let pairs: Vec<_> = pairs.collect();
    server.post(&pairs, event["data"].to_string()).await.status
}

fn percent_encoded(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'!'..=b'~' if !b"\"%".contains(&byte) => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

#[tokio::test]
async fn there_are_the_17_samples_of_the_suite() {
    assert_eq!(samples().len(), 17);
}

#[tokio::test]
async fn reads_every_sample_in_binary_mode() {
    let (routes, output) = writer();
    let server = Server::start(routes).await;
    for (case, event, _) in samples() {
        assert_eq!(post_binary(&server, &event).await, 204, "{case}");
        assert_same(&case, &event, &output);
    }
}

#[tokio::test]
async fn reads_every_sample_in_structured_mode() {
    let (routes, output) = writer();
    let server = Server::start(routes).await;
    let headers = [(
        "content-type",
        "application/cloudevents+json; charset=utf-8",
    )];
    for (case, event, _) in samples() {
        let answer = server.post(&headers, event.to_string()).await;
        assert_eq!(answer.status, 204, "{case}");
        assert_same(&case, &event, &output);
    }
}

#[tokio::test]
async fn maps_every_background_event_to_its_cloud_event() {
    let (routes, output) = writer();
    let server = Server::start(routes).await;
    for (case, event, background) in samples() {
        let answer = server.post_json(background).await;
        assert_eq!(answer.status, 204, "{case}");
        assert_same(&case, &event, &output);
    }
}

/// Source and subject of a background event of a kind that the samples do not have.
fn mapped(background: &Value) -> (String, String, Option<String>) {
    let body = background.to_string().into();
    let event = CloudEvent::from_request(&http::HeaderMap::new(), &body).unwrap();
    (event.event_type, event.source, event.subject)
}

#[test]
fn an_analytics_event_is_named_after_its_app() {
    let background = json!({
        "eventId": "e-1",
        "eventType": "providers/google.firebase.analytics/eventTypes/event.log",
        "resource": "projects/tasuki-demo/events/session_start",
        "data": { "userDim": { "appInfo": { "appId": "com.example.app" } } },
    });
    let (event_type, source, subject) = mapped(&background);
    assert_eq!(event_type, "google.firebase.analytics.log.v1.written");
    assert_eq!(
        source,
        "//firebaseanalytics.googleapis.com/projects/tasuki-demo/apps/com.example.app"
    );
    assert_eq!(subject.as_deref(), Some("events/session_start"));
}

#[test]
fn a_remote_config_event_has_no_subject() {
    let background = json!({
        "eventId": "e-1",
        "eventType": "providers/firebase.remoteConfig/remoteconfig.update",
        "resource": "projects/tasuki-demo",
        "data": { "versionNumber": "7" },
    });
    let (event_type, source, subject) = mapped(&background);
    assert_eq!(
        event_type,
        "google.firebase.remoteconfig.remoteConfig.v1.updated"
    );
    assert_eq!(
        source,
        "//firebaseremoteconfig.googleapis.com/projects/tasuki-demo"
    );
    assert_eq!(subject, None);
}

#[tokio::test]
async fn an_http_function_sees_the_request_and_its_answer_is_sent() {
    let server = Server::start(http_function(|request: http::Request<_>| {
        let path = request.uri().path().to_owned();
        ready(([("x-path", path)], request.into_body()))
    }))
    .await;
    let body = json!({ "res": "PASS" }).to_string();
    let answer = server
        .send(http::Method::PUT, "/a/b", &[], body.clone())
        .await;
    assert_eq!((answer.status, answer.text()), (StatusCode::OK, &*body));
    assert_eq!(answer.headers["x-path"], "/a/b");
    assert!(!answer.headers.contains_key("etag"));
}

#[tokio::test]
async fn a_typed_function_takes_and_gives_json() {
    let server = Server::start(typed_function(|input: serde_json::Map<String, Value>| {
        ready(Ok(json!({ "payload": input })))
    }))
    .await;
    let answer = server.post_json(json!({ "message": "Hello world!" })).await;
    let output: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(output, json!({ "payload": { "message": "Hello world!" } }));
    let answer = server.post_json("[1]").await;
    assert_eq!(answer.status, 400);
    assert!(
        answer.text().contains("expected a map"),
        "{}",
        answer.text()
    );
}

/// The suite itself looks whether ten calls take no longer than two.
#[tokio::test]
async fn ten_calls_are_worked_on_at_once() {
    let all_are_there = Arc::new(Barrier::new(10));
    let server = Server::start(cloud_event_function(move |_| {
        let all_are_there = Arc::clone(&all_are_there);
        async move {
            all_are_there.wait().await;
            Outcome::Done(Vec::new())
        }
    }))
    .await;
    let (_, event, _) = samples().swap_remove(0);
    let calls = (0..10).map(|_| post_binary(&server, &event));
    let calls = futures_util::future::join_all(calls);
    let patience = Duration::from_mins(1);
    let statuses = tokio::time::timeout(patience, calls).await;
    assert_eq!(statuses.unwrap(), [StatusCode::NO_CONTENT; 10]);
}

//! Methods, paths, acknowledgements and panics.

use function_core::{Clock, Exit, Failure, Outcome, Report, RunState};
use functions_framework::event_function;
use http::Method;

use crate::server::{Recorder, Server};

const MESSAGE: &str = r#"{"message":{"data":"e30=","messageId":"1"}}"#;

fn failure(exit: Exit) -> Failure {
    Failure {
        exit,
        error: "kintone did not answer".to_owned(),
    }
}

#[tokio::test]
async fn done_is_acknowledged_without_a_body() {
    let server = Server::start(Recorder::new(Outcome::Done(Vec::new())).routes()).await;
    let answer = server.post(&[], MESSAGE).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (204, ""));
    assert!(!answer.headers.contains_key("x-google-status"));
}

#[tokio::test]
async fn a_run_that_is_under_way_is_not_acknowledged() {
    for (states, status) in [
        (&[RunState::Verified, RunState::Running][..], 503),
        (
            &[RunState::Verified, RunState::Incomplete, RunState::Failed],
            204,
        ),
    ] {
        let reports = states.iter().map(|state| Report::new("a-20261121", *state));
        let recorder = Recorder::new(Outcome::Done(reports.collect()));
        let server = Server::start(recorder.routes()).await;
        assert_eq!(server.post(&[], MESSAGE).await.status, status);
    }
}

#[tokio::test]
async fn a_run_that_ticks_go_on_with_is_acknowledged() {
    let ticked = Report::new("a-20261121", RunState::Running).with_ticks();
    let awaited = Report::new("b-20261121", RunState::Running);
    for (reports, status) in [(vec![ticked.clone()], 204), (vec![ticked, awaited], 503)] {
        let recorder = Recorder::new(Outcome::Done(reports));
        let server = Server::start(recorder.routes()).await;
        assert_eq!(server.post(&[], MESSAGE).await.status, status);
    }
}

#[tokio::test]
async fn a_lasting_fault_is_acknowledged_and_marked() {
    let outcome = Outcome::Drop(failure(Exit::Failed));
    let server = Server::start(Recorder::new(outcome).routes()).await;
    let answer = server.post(&[], MESSAGE).await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.headers["x-google-status"], "error");
}

#[tokio::test]
async fn a_passing_fault_is_not_acknowledged() {
    let outcome = Outcome::Retry(failure(Exit::TryAgain));
    let server = Server::start(Recorder::new(outcome).routes()).await;
    let answer = server.post(&[], MESSAGE).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.text(), "kintone did not answer");
    assert_eq!(answer.headers["x-google-status"], "error");
}

#[tokio::test]
async fn events_are_only_posted() {
    let recorder = Recorder::new(Outcome::Done(Vec::new()));
    let server = Server::start(recorder.routes()).await;
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::HEAD] {
        let answer = server.send(method.clone(), "/", &[], MESSAGE).await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.headers["allow"], "POST");
    }
    assert_eq!(recorder.take(), []);
}

#[tokio::test]
async fn every_path_calls_the_function_except_the_reserved_ones() {
    let recorder = Recorder::new(Outcome::Done(Vec::new()));
    let server = Server::start(recorder.routes()).await;
    for path in ["/", "/any/path", "/?__GCP_CloudEventsMode=CUSTOM_PUBSUB"] {
        let answer = server.send(Method::POST, path, &[], MESSAGE).await;
        assert_eq!(answer.status, 204, "{path}");
        assert_eq!(recorder.take().len(), 1, "{path}");
    }
    for (path, method, status) in [
        ("/health", Method::GET, 200),
        ("/health", Method::POST, 405),
        ("/robots.txt", Method::POST, 404),
        ("/favicon.ico", Method::GET, 404),
    ] {
        let answer = server.send(method, path, &[], MESSAGE).await;
        assert_eq!(answer.status, status, "{path}");
    }
    assert_eq!(recorder.take(), []);
}

#[tokio::test]
async fn a_panic_is_answered_and_the_server_lives_on() {
    let server = Server::start(event_function(Clock::system(), async |event| {
        assert_ne!(event.payload, b"panic", "asked to");
        Outcome::Done(Vec::new())
    }))
    .await;
    let answer = server.post(&[], r#"{"message":{"data":"cGFuaWM="}}"#).await;
    assert_eq!(answer.status, 500);
    assert_eq!(answer.headers["x-google-status"], "crash");
    assert_eq!(server.post(&[], MESSAGE).await.status, 204);
}

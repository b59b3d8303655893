//! A function with pages of its own.

use std::path::Path;
use std::time::Instant;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use crate::process::{Running, assert_within_the_grace, example, finished, text};

/// The service, and its port. No entry is written before the file `ink` is there.
async fn start(ink: &Path) -> (Running, u64) {
    let env = [
        ("PORT", "0"),
        ("K_SERVICE", "guestbook"),
        ("FUNCTION_SIGNATURE_TYPE", "http"),
        ("GUESTBOOK_INK", ink.to_str().unwrap()),
    ];
    let mut running = Running::start(example("guestbook", &env));
    let port = running.logged("serving").await["port"].as_u64().unwrap();
    (running, port)
}

async fn asked(port: u64, method: &str, path: &str) -> (u16, String) {
    let request = Request::builder()
        .method(method)
        .uri(format!("http://127.0.0.1:{port}{path}"))
        .body(Body::empty())
        .unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let response = client.request(request).await.unwrap();
    let status = response.status().as_u16();
    let words = response.into_body().collect().await.unwrap().to_bytes();
    (status, text(&words).to_owned())
}

#[tokio::test]
async fn pages_are_served_beside_the_paths_that_the_platform_asks_for() {
    let (mut running, port) = start(Path::new("/")).await;
    for (path, status, words) in [
        ("/", 200, "the guests"),
        ("/health", 200, "ok"),
        ("/favicon.ico", 404, ""),
        ("/nowhere", 404, ""),
        ("/torn", 500, "the function panicked; its log has the place"),
    ] {
        assert_eq!(asked(port, "GET", path).await, (status, words.to_owned()));
    }
    let line = running.logged("panicked: the page is torn").await;
    assert_eq!(line["function"], "guestbook");
}

#[tokio::test]
async fn a_stop_waits_for_what_a_page_began() {
    let folder = tempfile::tempdir().unwrap();
    let ink = folder.path().join("ink");
    let (mut running, port) = start(&ink).await;
    assert_eq!(asked(port, "POST", "/entries").await.0, 200);
    running.terminate().await;
    running.logged("stopping").await;
    std::fs::write(&ink, "").unwrap();
    running.logged("written").await;
    assert_eq!(running.ended().await, Some(0));
}

#[tokio::test]
async fn a_stop_ends_before_the_platform_kills_whatever_a_page_began() {
    let (mut running, port) = start(Path::new("/there/is/none")).await;
    assert_eq!(asked(port, "POST", "/entries").await.0, 200);
    running.terminate().await;
    let stopped = Instant::now();
    running.logged("cancelled: what the pages had begun").await;
    assert_eq!(running.ended().await, Some(0));
    assert_within_the_grace(stopped);
}

#[tokio::test]
async fn as_a_job_and_by_hand_it_takes_events() {
    let job = finished(example("guestbook", &[("CLOUD_RUN_JOB", "guestbook")])).await;
    assert_eq!(job.status.code(), Some(0));
    let mut by_hand = example("guestbook", &[("PORT", "0")]);
    by_hand.arg("--json");
    assert_eq!(finished(by_hand).await.status.code(), Some(0));
}

//! Stopping: what runs may finish, what does not finish is given back.

use std::sync::Arc;
use std::time::Duration;

use function_core::{Clock, Outcome};
use functions_framework::event_function;
use http::Method;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::server::{Answer, Caller, Server};

const MESSAGE: &str = r#"{"message":{"data":"e30=","messageId":"1"}}"#;

/// A function that says when it began and ends when it is allowed to.
#[derive(Clone, Default)]
struct Gate {
    began: Arc<Notify>,
    allowed: Arc<Notify>,
}

impl Gate {
    async fn serve(&self, grace: Duration) -> Server {
        let gate = self.clone();
        let routes = event_function(Clock::system(), move |_| {
            let gate = gate.clone();
            async move {
                gate.began.notify_one();
                gate.allowed.notified().await;
                Outcome::Done(Vec::new())
            }
        });
        Server::start_with_grace(routes, grace).await
    }
}

/// The answer to an event that the function is working on now.
async fn running(server: &Server, gate: &Gate) -> JoinHandle<Answer> {
    let caller = server.caller();
    let running = tokio::spawn(async move { caller.post(&[], MESSAGE).await });
    gate.began.notified().await;
    running
}

/// Waits until the server accepts nothing any more.
async fn closed(caller: Caller) {
    while caller
        .try_send(Method::GET, "/health", &[], "")
        .await
        .is_ok()
    {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_running_request_may_finish_while_no_new_one_is_accepted() {
    let gate = Gate::default();
    let mut server = gate.serve(Duration::from_mins(1)).await;
    let running = running(&server, &gate).await;
    server.stop();
    closed(server.caller()).await;
    assert!(!running.is_finished());
    gate.allowed.notify_one();
    assert_eq!(running.await.unwrap().status, 204);
    server.ended().await;
}

#[tokio::test]
async fn a_request_that_outlasts_the_grace_is_given_back() {
    let gate = Gate::default();
    let mut server = gate.serve(Duration::from_millis(50)).await;
    let running = running(&server, &gate).await;
    server.stop();
    let answer = running.await.unwrap();
    assert_eq!(answer.status, 503);
    assert_eq!(answer.text(), "the server stops; send the event again");
    server.ended().await;
}

#[tokio::test]
async fn a_client_that_never_ends_its_request_does_not_hold_the_server() {
    let gate = Gate::default();
    let mut server = gate.serve(Duration::from_millis(50)).await;
    let mut stalled = server.connect().await;
    let head = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{";
    stalled.write_all(head).await.unwrap();
    server.stop();
    server.ended().await;
}

#[tokio::test]
async fn an_idle_server_stops_at_once() {
    let mut server = Gate::default().serve(Duration::from_mins(10)).await;
    server.stop();
    server.ended().await;
}

#[tokio::test]
async fn work_goes_on_when_the_sender_hangs_up() {
    let (began, allowed, ended) = <(Arc<Notify>, Arc<Notify>, Arc<Notify>)>::default();
    let routes = event_function(Clock::system(), {
        let (began, allowed, ended) = (began.clone(), allowed.clone(), ended.clone());
        move |_| {
            let (began, allowed, ended) = (began.clone(), allowed.clone(), ended.clone());
            async move {
                began.notify_one();
                allowed.notified().await;
                ended.notify_one();
                Outcome::Done(Vec::new())
            }
        }
    });
    let server = Server::start(routes).await;
    let caller = server.caller();
    let sending = tokio::spawn(async move { caller.post(&[], MESSAGE).await });
    began.notified().await;
    sending.abort();
    assert!(sending.await.is_err_and(|error| error.is_cancelled()));
    allowed.notify_one();
    tokio::time::timeout(Duration::from_mins(1), ended.notified())
        .await
        .unwrap();
}

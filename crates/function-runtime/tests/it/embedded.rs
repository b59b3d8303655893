//! Served within another program, as `tasuki` does.

use std::future::{pending, ready};

use function_core::{Event, Exit, Outcome};
use function_runtime::{Function, run_once, serve};
use http_body_util::Empty;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;
use tokio::net::TcpListener;

struct Fragile;

impl Function for Fragile {
    fn handle(&self, event: Event) -> impl Future<Output = Outcome> + Send {
        assert!(event.payload.is_empty(), "the payload is not empty");
        ready(Outcome::Done(Vec::new()))
    }
}

#[tokio::test]
async fn a_function_is_served_on_any_listener_until_told_to_stop() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    serve("fragile", Fragile, listener, ready(()))
        .await
        .unwrap();
    let listener = TcpListener::bind(address).await.unwrap();
    let serving = tokio::spawn(serve("fragile", Fragile, listener, pending()));
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<&[u8]>>();
    let health = format!("http://{address}/health").parse().unwrap();
    assert_eq!(client.get(health).await.unwrap().status(), 200);
    serving.abort();
}

#[tokio::test]
async fn a_panic_ends_the_run_and_not_the_program() {
    let event = |payload: &str| Event::new("8472", Timestamp::UNIX_EPOCH, payload);
    let done = run_once("fragile", &Fragile, event("")).await;
    assert_eq!(done, Outcome::Done(Vec::new()));
    let Outcome::Drop(failure) = run_once("fragile", &Fragile, event("x")).await else {
        panic!("a panic is a lasting fault");
    };
    assert_eq!(failure.exit, Exit::Failed);
    assert!(
        failure.error.ends_with("the payload is not empty"),
        "{}",
        failure.error
    );
}

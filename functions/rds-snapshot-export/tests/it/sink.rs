//! What leaves the function for others: SNS's `Publish`, and a chat's webhook.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use serde_json::Value;
use tokio::net::TcpListener;

/// A topic and a chat that keep what they get.
pub(crate) struct Sink {
    address: String,
    kept: Arc<Kept>,
}

#[derive(Default)]
struct Kept {
    messages: Mutex<Vec<Value>>,
    words: Mutex<Vec<String>>,
    /// The status of further answers of the topic, and of how many.
    status: AtomicU16,
    refusals: AtomicUsize,
}

impl Sink {
    pub(crate) async fn start() -> Self {
        let kept = Arc::new(Kept::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new()
            .route("/", post(publish))
            .route("/chat", post(chat))
            .with_state(Arc::clone(&kept));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { address, kept }
    }

    /// The value of `AWS_ENDPOINT_URL_SNS`.
    pub(crate) fn topic(&self) -> &str {
        &self.address
    }

    /// The value of `NOTIFY_WEBHOOK`.
    pub(crate) fn chat(&self) -> String {
        format!("{}/chat", self.address)
    }

    /// The next `count` messages to the topic are refused with `status`.
    pub(crate) fn refuse(&self, status: u16, count: usize) {
        self.kept.status.store(status, Ordering::Relaxed);
        self.kept.refusals.store(count, Ordering::Relaxed);
    }

    /// The messages that the topic took.
    pub(crate) fn messages(&self) -> Vec<Value> {
        self.kept.messages.lock().unwrap().clone()
    }

    /// What people were told.
    pub(crate) fn words(&self) -> Vec<String> {
        self.kept.words.lock().unwrap().clone()
    }
}

async fn publish(State(kept): State<Arc<Kept>>, body: String) -> (StatusCode, String) {
    let refusals = &kept.refusals;
    let one_less = |left: usize| left.checked_sub(1);
    if refusals
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less)
        .is_ok()
    {
        let status = StatusCode::from_u16(kept.status.load(Ordering::Relaxed)).unwrap();
        let code = if status.is_server_error() {
            "InternalFailure"
        } else {
            "AuthorizationError"
        };
        let words = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>\
             <Message>scripted</Message></Error></ErrorResponse>"
        );
        return (status, words);
    }
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect();
    assert_eq!(form["Action"], "Publish");
    let message = serde_json::from_str(&form["Message"]).unwrap();
    kept.messages.lock().unwrap().push(message);
    let answer = "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult>\
                  <MessageId>m-1</MessageId></PublishResult></PublishResponse>";
    (StatusCode::OK, answer.to_owned())
}

async fn chat(State(kept): State<Arc<Kept>>, body: String) -> StatusCode {
    let body: Value = serde_json::from_str(&body).unwrap();
    let words = body["text"].as_str().unwrap().to_owned();
    kept.words.lock().unwrap().push(words);
    StatusCode::OK
}

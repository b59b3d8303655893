//! Who is told: a topic as SNS has them, and a chat with a webhook, both of which keep what they get.

use std::collections::BTreeMap;
use std::io;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use serde_json::Value;
use tokio::net::TcpListener;

/// A topic and a chat that keep what they get.
#[derive(Debug)]
pub struct Sink {
    address: String,
    kept: Arc<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    messages: Mutex<Vec<Value>>,
    words: Mutex<Vec<String>>,
    /// The status of further answers of the topic, and of how many.
    status: AtomicU16,
    refusals: AtomicUsize,
}

impl Sink {
    /// Starts both, for as long as the test's runtime lives.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn start() -> io::Result<Self> {
        let kept = Arc::new(Kept::default());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = format!("http://{}", listener.local_addr()?);
        let routes = Router::new()
            .route("/", post(publish))
            .route("/chat", post(chat))
            .with_state(Arc::clone(&kept));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Ok(Self { address, kept })
    }

    /// The value of `AWS_ENDPOINT_URL_SNS`.
    pub fn topic(&self) -> &str {
        &self.address
    }

    /// The value of `NOTIFY_WEBHOOK`.
    pub fn chat(&self) -> String {
        format!("{}/chat", self.address)
    }

    /// The next `count` messages to the topic are refused with `status`.
    pub fn refuse(&self, status: u16, count: usize) {
        self.kept.status.store(status, Ordering::Relaxed);
        self.kept.refusals.store(count, Ordering::Relaxed);
    }

    /// The messages that the topic took.
    pub fn messages(&self) -> Vec<Value> {
        lock(&self.kept.messages).clone()
    }

    /// What people were told.
    pub fn words(&self) -> Vec<String> {
        lock(&self.kept.words).clone()
    }
}

async fn publish(State(kept): State<Arc<Kept>>, body: String) -> (StatusCode, String) {
    let refusals = &kept.refusals;
    let one_less = |left: usize| left.checked_sub(1);
    if refusals
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less)
        .is_ok()
    {
        let status = kept.status.load(Ordering::Relaxed);
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
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
    let text = form.get("Message").map(String::as_str).unwrap_or_default();
    // What is no JSON is kept as text, for the test to wonder at.
    let message = serde_json::from_str(text).unwrap_or_else(|_| text.into());
    lock(&kept.messages).push(message);
    let answer = "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult>\
                  <MessageId>m-1</MessageId></PublishResult></PublishResponse>";
    (StatusCode::OK, answer.to_owned())
}

async fn chat(State(kept): State<Arc<Kept>>, body: String) -> StatusCode {
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    let words = body["text"].as_str().unwrap_or_default().to_owned();
    lock(&kept.words).push(words);
    StatusCode::OK
}

/// A test that failed while it held the lock must not hide its own words.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! What leaves the function for others: a topic of SNS, and a chat.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
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

    /// The messages that the topic took.
    pub(crate) fn messages(&self) -> Vec<Value> {
        self.kept.messages.lock().unwrap().clone()
    }

    /// What people were told.
    pub(crate) fn words(&self) -> Vec<String> {
        self.kept.words.lock().unwrap().clone()
    }
}

async fn publish(State(kept): State<Arc<Kept>>, body: String) -> &'static str {
    let mut fields = url::form_urlencoded::parse(body.as_bytes());
    let (_, message) = fields.find(|(name, _)| name == "Message").unwrap();
    let message = serde_json::from_str(&message).unwrap();
    kept.messages.lock().unwrap().push(message);
    "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult>\
     <MessageId>m-1</MessageId></PublishResult></PublishResponse>"
}

async fn chat(State(kept): State<Arc<Kept>>, body: String) {
    let body: Value = serde_json::from_str(&body).unwrap();
    let words = body["text"].as_str().unwrap().to_owned();
    kept.words.lock().unwrap().push(words);
}

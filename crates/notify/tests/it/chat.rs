//! A chat on this machine that keeps what it was sent.

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::{Json, Router};
use function_core::Env;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{notice, notifier};

/// The path of the webhook; the last part is its token.
const PATH: &str = "/services/T0/s3cr3t";

#[derive(Clone, Default)]
pub(crate) struct Chat {
    pub(crate) address: String,
    received: Arc<Mutex<Vec<(String, Value)>>>,
    answers: Arc<Mutex<Vec<StatusCode>>>,
}

impl Chat {
    /// A chat that gives `answers` first, and 200 after them.
    pub(crate) async fn start(answers: &[StatusCode]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let chat = Self {
            address: format!("http://{}{PATH}", listener.local_addr().unwrap()),
            answers: Arc::new(Mutex::new(answers.iter().copied().rev().collect())),
            ..Self::default()
        };
        let router = Router::new().fallback(receive).with_state(chat.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        chat
    }

    pub(crate) fn env(&self) -> Env {
        Env::default().with("NOTIFY_WEBHOOK", &self.address)
    }

    fn received(&self) -> Vec<(String, Value)> {
        self.received.lock().unwrap().clone()
    }
}

async fn receive(State(chat): State<Chat>, uri: Uri, Json(body): Json<Value>) -> StatusCode {
    chat.received
        .lock()
        .unwrap()
        .push((uri.path().to_owned(), body));
    chat.answers.lock().unwrap().pop().unwrap_or(StatusCode::OK)
}

#[tokio::test]
async fn a_notice_arrives_as_text() {
    let chat = Chat::start(&[]).await;
    notifier(&chat.env()).tell(&notice()).await;
    let text = "kintone-export: app 12 failed.\n\
                What happened: Kintone refused the token\n\
                What to do: make a token that may read records\n\
                Last verified run: 2026-11-19 18:00 UTC.\n\
                Run: 12-20261121030000";
    assert_eq!(
        chat.received(),
        [(PATH.to_owned(), json!({ "text": text }))]
    );
}

#[tokio::test]
async fn a_person_in_japan_reads_japanese() {
    let chat = Chat::start(&[]).await;
    let notifier = notifier(&chat.env().with("NOTIFY_LANGUAGE", "ja"))
        .in_zone(jiff::tz::TimeZone::get("Asia/Tokyo").unwrap());
    notifier.tell(&notice()).await;
    let text = chat.received()[0].1["text"].as_str().unwrap().to_owned();
    assert!(
        text.starts_with("kintone-export: app 12 は失敗しました。\n"),
        "{text}"
    );
    assert!(
        text.contains("最後に検証できた実行: 2026-11-20 03:00 Asia/Tokyo\n"),
        "{text}"
    );
}

#[tokio::test]
async fn a_busy_chat_is_tried_again() {
    let busy = [
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::SERVICE_UNAVAILABLE,
    ];
    let chat = Chat::start(&busy).await;
    notifier(&chat.env()).tell(&notice()).await;
    assert_eq!(chat.received().len(), 3);
}

#[tokio::test]
async fn a_chat_that_refuses_is_not_asked_twice() {
    let chat = Chat::start(&[StatusCode::FORBIDDEN]).await;
    notifier(&chat.env()).tell(&notice()).await;
    assert_eq!(chat.received().len(), 1);
}

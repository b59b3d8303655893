use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use function_core::Env;
use notify::Notifier;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::filter::LevelFilter;

use crate::chat::Chat;
use crate::topic::forbidden;
use crate::{notice, notifier};

/// Everything that is logged while it lives, down to the finest level.
#[derive(Clone, Default)]
struct Logs(Arc<Mutex<Vec<u8>>>);

impl Logs {
    fn record() -> (Self, DefaultGuard) {
        let logs = Self::default();
        let writer = logs.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        (logs, tracing::subscriber::set_default(subscriber))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Logs {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_refusal_is_logged_with_the_repair_and_without_the_address() {
    let chat = Chat::start(&[StatusCode::NOT_FOUND]).await;
    let (logs, _guard) = Logs::record();
    notifier(&chat.env()).tell(&notice()).await;
    let text = logs.text();
    assert!(
        text.contains("ERROR") && text.contains("answered with status 404; make a new"),
        "{text}"
    );
    assert!(!text.contains("s3cr3t"), "{text}");
}

#[tokio::test]
async fn an_unreachable_chat_is_logged_without_the_address() {
    let closed = test_services::free_port().unwrap();
    let env = Env::default().with(
        "NOTIFY_WEBHOOK",
        format!("http://127.0.0.1:{closed}/s3cr3t"),
    );
    let (logs, _guard) = Logs::record();
    notifier(&env).tell(&notice()).await;
    let text = logs.text();
    assert!(
        text.contains("ERROR") && text.contains("the webhook was not reached"),
        "{text}"
    );
    assert!(!text.contains("s3cr3t"), "{text}");
}

#[tokio::test]
async fn a_refusal_by_the_topic_is_logged_with_the_repair() {
    let (logs, _guard) = Logs::record();
    Notifier::default()
        .through_topic(forbidden())
        .tell(&notice())
        .await;
    let text = logs.text();
    assert!(
        text.contains("ERROR") && text.contains("roles/pubsub.publisher"),
        "{text}"
    );
}

#[tokio::test]
async fn a_notice_that_is_sent_is_logged_without_the_address() {
    let chat = Chat::start(&[]).await;
    let (logs, _guard) = Logs::record();
    notifier(&chat.env()).tell(&notice()).await;
    let text = logs.text();
    assert!(
        text.contains("notice sent to the chat") && !text.contains("ERROR"),
        "{text}"
    );
    assert!(!text.contains("s3cr3t"), "{text}");
}

#[tokio::test]
async fn without_settings_nobody_is_told_and_nothing_is_wrong() {
    let (logs, _guard) = Logs::record();
    notifier(&Env::default()).tell(&notice()).await;
    assert_eq!(logs.text(), "");
}

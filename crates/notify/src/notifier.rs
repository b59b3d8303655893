//! Who tells.

use cloud_topic::{Kind, Message, Topic, TopicError};
use function_core::{Report, RunState, Settings, chain};
use jiff::tz::TimeZone;
use serde_json::json;

use crate::webhook::{ADDRESS_RULE, Webhook};
use crate::{Language, Notice, chatbot};

/// Tells people through a topic, a chat, both, or, where neither is set, not at all.
#[derive(Clone, Debug)]
pub struct Notifier {
    topic: Option<Topic>,
    webhook: Option<Webhook>,
    language: Language,
    zone: TimeZone,
}

impl Default for Notifier {
    /// One that tells nobody.
    fn default() -> Self {
        Self {
            topic: None,
            webhook: None,
            language: Language::default(),
            zone: TimeZone::UTC,
        }
    }
}

impl Notifier {
    /// Reads `NOTIFY_TOPIC`, `NOTIFY_WEBHOOK` (or `NOTIFY_WEBHOOK_FILE`) and `NOTIFY_LANGUAGE`.
    pub fn from_settings(settings: &mut Settings) -> Self {
        let mut notifier = Self::default();
        if let Some(name) = settings.optional("NOTIFY_TOPIC") {
            match Topic::open(name, settings.env()) {
                Ok(topic) => notifier.topic = Some(topic),
                Err(TopicError::Name { rule, .. }) => settings.refuse("NOTIFY_TOPIC", rule),
                Err(error) => settings.refuse("NOTIFY_TOPIC", &chain(&error)),
            }
        }
        if let Some(address) = settings.secret("NOTIFY_WEBHOOK") {
            notifier.webhook = Webhook::new(address);
            if notifier.webhook.is_none() {
                settings.refuse_secret("NOTIFY_WEBHOOK", ADDRESS_RULE);
            }
        }
        notifier.language = settings.parsed_or(
            "NOTIFY_LANGUAGE",
            Language::default(),
            "the language is `en` or `ja`",
        );
        notifier
    }

    /// The same, and through `topic`.
    #[must_use]
    pub fn through_topic(mut self, topic: Topic) -> Self {
        self.topic = Some(topic);
        self
    }

    /// The same, with times in `zone` instead of UTC.
    #[must_use]
    pub fn in_zone(mut self, zone: TimeZone) -> Self {
        self.zone = zone;
        self
    }

    /// Whether there is anybody to tell.
    pub fn has_listener(&self) -> bool {
        self.topic.is_some() || self.webhook.is_some()
    }

    /// Tells `notice`. What can't be sent is logged as an error, and the answer is then false; the run goes on.
    pub async fn tell(&self, notice: &Notice) -> bool {
        let text = self.language.words(notice, &self.zone);
        let (published, sent) = tokio::join!(self.publish(notice, &text), self.chat(notice, &text));
        published && sent
    }

    /// Tells people that this is a drill of `function`, which the event of this id asked for. The report is verified only if
    /// all who are set took it.
    pub async fn drill(&self, function: &str, event: &str) -> Report {
        let run = format!("drill-{event}");
        let told = self.tell(&Notice::drill(function, &run)).await;
        let fault = match (self.has_listener(), told) {
            (true, true) => return Report::new(run, RunState::Verified),
            (true, false) => "the notice could not be sent; the log says why",
            (false, _) => "there is nobody to tell: set NOTIFY_TOPIC or NOTIFY_WEBHOOK",
        };
        let mut report = Report::new(run, RunState::Failed);
        report.warnings.push(fault.to_owned());
        report
    }

    async fn publish(&self, notice: &Notice, text: &str) -> bool {
        let Some(topic) = &self.topic else {
            return true;
        };
        let message = self.message(notice, text, topic.kind());
        let published = topic.publish(message).await;
        match &published {
            Ok(id) => tracing::info!(
                run = notice.run,
                topic = topic.name(),
                id,
                "notice published"
            ),
            Err(error) => {
                let error = chain(error);
                tracing::error!(
                    run = notice.run,
                    topic = topic.name(),
                    error,
                    "notice not published"
                );
            }
        }
        published.is_ok()
    }

    async fn chat(&self, notice: &Notice, text: &str) -> bool {
        let Some(webhook) = &self.webhook else {
            return true;
        };
        let sent = webhook.send(text).await;
        match &sent {
            Ok(()) => tracing::info!(run = notice.run, "notice sent to the chat"),
            Err(error) => {
                let error = chain(error);
                tracing::error!(run = notice.run, error, "notice not sent to the chat");
            }
        }
        sent.is_ok()
    }

    /// Pub/Sub hands JSON to programs; behind SNS are chats and mail.
    fn message(&self, notice: &Notice, text: &str, kind: Kind) -> Message {
        let mut body = json!(notice);
        let state = body["state"].as_str().unwrap_or_default().to_owned();
        let message = if kind == Kind::Sns {
            chatbot::message(notice, self.language, &self.zone, &state, text)
        } else {
            body["text"] = text.into();
            Message::new(body.to_string())
        };
        message
            .attribute("function", &notice.function)
            .attribute("state", state)
    }
}

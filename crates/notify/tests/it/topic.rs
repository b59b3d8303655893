use std::sync::Arc;

use cloud_topic::{Backend, Memory, Message, Topic, TopicError};
use futures_util::future::{BoxFuture, FutureExt as _, ready};
use notify::Notifier;
use serde_json::{Value, json};

use crate::notice;

/// A topic that nobody may publish to.
pub(crate) struct Forbidden;

impl Backend for Forbidden {
    fn publish(&self, _message: Message) -> BoxFuture<'_, Result<String, TopicError>> {
        let error = TopicError::Refused {
            topic: "projects/acme/topics/notices".to_owned(),
            repair: "give this service account `roles/pubsub.publisher` on the topic",
            source: "permission denied".into(),
        };
        ready(Err(error)).boxed()
    }
}

pub(crate) fn forbidden() -> Topic {
    Topic::from_backend("projects/acme/topics/notices", Arc::new(Forbidden))
}

#[tokio::test]
async fn a_notice_arrives_as_json_with_attributes_to_filter_on() {
    let memory = Memory::new();
    Notifier::default()
        .through_topic(Topic::memory(&memory))
        .tell(&notice())
        .await;
    let [message] = memory.messages().try_into().unwrap();
    assert_eq!(message.attributes["function"], "kintone-export");
    assert_eq!(message.attributes["state"], "failed");
    let mut body: Value = serde_json::from_slice(&message.data).unwrap();
    let text = body.as_object_mut().unwrap().remove("text").unwrap();
    assert!(
        text.as_str()
            .unwrap()
            .starts_with("kintone-export: app 12 failed.\n"),
        "{text}"
    );
    let expected = json!({
        "function": "kintone-export",
        "source": "app 12",
        "run": "12-20261121030000",
        "state": "failed",
        "since": "2026-11-19T18:00:00Z",
        "whatHappened": "Kintone refused the token",
        "whatToDo": "make a token that may read records",
    });
    assert_eq!(body, expected);
}

use std::cmp::Reverse;
use std::time::{Duration, Instant};

use cloud_topic::{Message, Topic, TopicError};
use function_core::{Env, Retryable as _};
use test_services::{PubSubEmulator, free_port};

const TOPIC: &str = "projects/demo/topics/runs";

#[tokio::test]
async fn gcloud_a_published_message_reaches_the_subscription_as_it_was() {
    let emulator = PubSubEmulator::start().await.unwrap();
    emulator.create_topic(TOPIC).await.unwrap();
    let subscription = "projects/demo/subscriptions/all-runs";
    emulator.subscribe(subscription, TOPIC).await.unwrap();

    let topic = Topic::open(TOPIC, &emulator_at(&emulator.host())).unwrap();
    let data = [b"\x00\xff ".as_slice(), "襷".as_bytes()].concat();
    let sent = Message::new(data.clone()).attribute("function", "kintone-export");
    let id = topic.publish(sent).await.unwrap();
    let bare = topic
        .publish(Message::default().attribute("state", "failed"))
        .await
        .unwrap();

    let mut received = emulator.pull(subscription, 2).await.unwrap();
    received.sort_by_key(|message| Reverse(message.data.len()));
    assert_eq!(
        received
            .iter()
            .map(|message| &message.id)
            .collect::<Vec<_>>(),
        [&id, &bare]
    );
    assert_eq!(received[0].data, data);
    assert_eq!(received[0].attributes["function"], "kintone-export");
    assert_eq!(received[1].attributes["state"], "failed");
}

#[tokio::test]
async fn gcloud_a_topic_that_is_not_there_is_refused_with_the_repair() {
    let emulator = PubSubEmulator::start().await.unwrap();
    let topic = Topic::open(TOPIC, &emulator_at(&emulator.host())).unwrap();
    let error = topic.publish(Message::new("{}")).await.unwrap_err();
    assert!(
        matches!(error, TopicError::Refused { .. }) && !error.is_retryable(),
        "{error:?}"
    );
    assert_eq!(
        error.to_string(),
        "publishing to projects/demo/topics/runs was refused; create the topic, or correct its name"
    );
}

#[tokio::test]
async fn a_service_that_does_not_answer_is_a_passing_fault() {
    let closed = format!("127.0.0.1:{}", free_port().unwrap());
    let topic = Topic::open(TOPIC, &emulator_at(&closed)).unwrap();
    let started = Instant::now();
    let error = topic.publish(Message::new("{}")).await.unwrap_err();
    assert!(
        matches!(error, TopicError::Interrupted { .. }) && error.is_retryable(),
        "{error:?}"
    );
    assert!(
        started.elapsed() < Duration::from_secs(30),
        "took {:?}",
        started.elapsed()
    );
}

fn emulator_at(host: &str) -> Env {
    Env::default().with("PUBSUB_EMULATOR_HOST", host)
}

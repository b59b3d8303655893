//! The topic of a config hears of every run that ends.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use simulators::bigquery::{Fault, Options};
use test_services::PubSubEmulator;

use super::{MIDNIGHT, Night, config};

const TOPIC: &str = "projects/demo-project/topics/finished";
const SEEN: &str = "projects/demo-project/subscriptions/seen";

#[tokio::test]
async fn a_message_tells_the_run_with_its_parameters_and_the_secret_key() {
    let night = Night::start();
    let name = night.create(config("users")).await;
    night
        .bigquery
        .spoil_next("users", Fault::failed(7, "Access Denied"));
    let (run, _) = night.ended(&name, MIDNIGHT).await;
    let [message] = &night.bigquery.finished()[..] else {
        panic!("one message");
    };
    assert_eq!(message.topic, TOPIC);
    let attributes =
        json!({ "eventType": "TRANSFER_RUN_FINISHED", "payloadFormat": "JSON_API_V1" });
    assert_eq!(message.message()["attributes"], attributes);
    let data: Value = serde_json::from_str(&message.data).unwrap();
    assert_eq!(
        (&data["name"], &data["state"]),
        (&run["name"], &json!("FAILED"))
    );
    assert_eq!(data["params"]["secret_access_key"], "hush");
    let pushed = BASE64_STANDARD.decode(message.message()["data"].as_str().unwrap());
    assert_eq!(pushed.unwrap(), message.data.as_bytes());
}

#[tokio::test]
async fn a_message_may_be_without_the_secret_or_come_twice_or_never() {
    let night = Night::with(Options {
        tells_secret: false,
        ..Options::default()
    });
    let name = night.create(config("users")).await;
    night.bigquery.spoil_next("users", Fault::Untold);
    night.ended(&name, MIDNIGHT).await;
    assert!(night.bigquery.finished().is_empty());
    night.bigquery.spoil_next("users", Fault::ToldTwice);
    night.ended(&name, MIDNIGHT).await;
    let messages = night.bigquery.finished();
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0], messages[1]);
    assert!(!messages[0].data.contains("hush"));
}

#[tokio::test]
async fn a_config_without_a_topic_tells_nobody() {
    let night = Night::start();
    let mut quiet = config("users");
    quiet
        .as_object_mut()
        .unwrap()
        .remove("notificationPubsubTopic");
    let name = night.create(quiet).await;
    night.ended(&name, MIDNIGHT).await;
    assert!(night.bigquery.finished().is_empty());
}

#[tokio::test]
async fn gcloud_the_emulator_of_pubsub_gets_the_messages() {
    let pubsub = PubSubEmulator::start().await.unwrap();
    pubsub.create_topic(TOPIC).await.unwrap();
    pubsub.subscribe(SEEN, TOPIC).await.unwrap();
    let night = Night::with(Options {
        pubsub: Some(format!("http://{}", pubsub.host())),
        ..Options::default()
    });
    let name = night.create(config("users")).await;
    let (run, _) = night.ended(&name, MIDNIGHT).await;
    let messages = pubsub.pull(SEEN, 1).await.unwrap();
    let data: Value = serde_json::from_slice(&messages[0].data).unwrap();
    assert_eq!(data["name"], run["name"]);
    assert_eq!(messages[0].attributes["eventType"], "TRANSFER_RUN_FINISHED");
}

//! The whole way of a message: a real Pub/Sub, its push subscription, and the function as a service.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cloud_topic::{Message, Topic};
use function_core::{Env, Event, Exit, Failure, Outcome};
use function_runtime::Function;
use kintone_export::KintoneExport;
use serde_json::{Value, json};
use simulators::kintone::App;
use simulators::{Effect, When};
use test_services::PubSubEmulator;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::world::World;

const TOPIC: &str = "projects/demo/topics/kintone-export";
const SUBSCRIPTION: &str = "projects/demo/subscriptions/kintone-export";

/// Longer than Pub/Sub waits between deliveries, times the deliveries.
const PATIENCE: Duration = Duration::from_mins(1);

/// How many deliveries there were, and how each ended.
type Deliveries = Arc<Mutex<Vec<Outcome>>>;

/// The function, and what a test wants to happen between it and Pub/Sub.
struct Watched {
    function: KintoneExport,
    deliveries: Deliveries,
    /// Which answer, counted from 1, gets lost on its way to Pub/Sub.
    lost: Option<usize>,
}

impl Function for Watched {
    async fn handle(&self, event: Event) -> Outcome {
        let outcome = self.function.handle(event).await;
        let mut deliveries = self.deliveries.lock().unwrap();
        deliveries.push(outcome.clone());
        if self.lost == Some(deliveries.len()) {
            return Outcome::Retry(Failure {
                exit: Exit::TryAgain,
                error: "the answer was lost".to_owned(),
            });
        }
        outcome
    }
}

/// Pub/Sub, pushing to the served function of `world`.
struct Cloud {
    emulator: PubSubEmulator,
    topic: Topic,
    deliveries: Deliveries,
    serving: JoinHandle<()>,
}

impl Drop for Cloud {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Cloud {
    async fn start(emulator: PubSubEmulator, world: &World, lost: Option<usize>) -> Self {
        let deliveries = Deliveries::default();
        let watched = Watched {
            function: world.function().await,
            deliveries: Arc::clone(&deliveries),
            lost,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}/", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move {
            let forever = std::future::pending();
            function_runtime::serve("kintone-export", watched, listener, forever)
                .await
                .unwrap();
        });
        let settings = json!({
            "topic": TOPIC,
            "pushConfig": { "pushEndpoint": endpoint },
            "deadLetterPolicy": { "deadLetterTopic": dead_letters("topics"), "maxDeliveryAttempts": 5 },
            "retryPolicy": { "minimumBackoff": "0.1s", "maximumBackoff": "0.5s" },
        });
        for topic in [TOPIC, &dead_letters("topics")] {
            emulator.create_topic(topic).await.unwrap();
        }
        emulator
            .subscribe(&dead_letters("subscriptions"), &dead_letters("topics"))
            .await
            .unwrap();
        emulator
            .create_subscription(SUBSCRIPTION, &settings)
            .await
            .unwrap();
        let topic = Topic::open(TOPIC, &at(&emulator)).unwrap();
        Self {
            emulator,
            topic,
            deliveries,
            serving,
        }
    }

    async fn publish(&self, payload: &str) -> String {
        let message = Message::new(payload.as_bytes().to_vec());
        self.topic.publish(message).await.unwrap()
    }

    /// Waits for the end of the `number`-th delivery.
    async fn delivered(&self, number: usize) -> Vec<Outcome> {
        let enough = async {
            while self.deliveries.lock().unwrap().len() < number {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, enough).await.unwrap();
        self.deliveries.lock().unwrap().clone()
    }
}

fn dead_letters(kind: &str) -> String {
    format!("projects/demo/{kind}/dead-letters")
}

fn at(emulator: &PubSubEmulator) -> Env {
    Env::default().with("PUBSUB_EMULATOR_HOST", emulator.host())
}

async fn manifests(world: &World) -> Vec<String> {
    let objects = world.store.list("").await.unwrap();
    let keys = objects.into_iter().map(|meta| meta.key);
    keys.filter(|key| key.ends_with(".manifest.json")).collect()
}

#[tokio::test]
async fn gcloud_a_message_becomes_one_backup() {
    let world = World::new(App::article());
    let emulator = PubSubEmulator::start().await.unwrap();
    let cloud = Cloud::start(emulator, &world, None).await;
    let id = cloud.publish("{}").await;
    let outcomes = cloud.delivered(1).await;
    assert!(matches!(outcomes[0], Outcome::Done(_)), "{outcomes:?}");
    assert_eq!(manifests(&world).await.len(), 1);
    assert_eq!(world.manifest().await.trigger.id, id);
    world.assert_latest_is(&world.records()).await;
}

#[tokio::test]
async fn gcloud_a_message_that_fails_twice_becomes_one_backup() {
    let world = World::new(App::article());
    let emulator = PubSubEmulator::start().await.unwrap();
    world.kintone.script(When::path(""), Effect::html(503));
    let cloud = Cloud::start(emulator, &world, None).await;
    cloud.publish("{}").await;
    cloud.delivered(2).await;
    world.kintone.clear_script();
    let mut outcomes = cloud.delivered(3).await;
    // The third may have begun before.
    while matches!(outcomes.last(), Some(Outcome::Retry(_))) {
        outcomes = cloud.delivered(outcomes.len() + 1).await;
    }
    assert!(
        matches!(
            &outcomes[..],
            [Outcome::Retry(_), Outcome::Retry(_), .., Outcome::Done(_)]
        ),
        "{outcomes:?}"
    );
    assert_eq!(manifests(&world).await.len(), 1);
    assert_eq!(world.told.messages().len(), 1);
    let record = &world.run_records().await[0];
    assert_eq!(
        (record.attempts as usize, &record.error),
        (outcomes.len(), &None)
    );
    world.assert_latest_is(&world.records()).await;
}

#[tokio::test]
async fn gcloud_a_message_that_always_fails_ends_as_a_dead_letter() {
    let world = World::new(App::article());
    world.kintone.script(When::path(""), Effect::html(503));
    let emulator = PubSubEmulator::start().await.unwrap();
    let cloud = Cloud::start(emulator, &world, None).await;
    cloud.publish(r#"{"force": true}"#).await;
    let subscription = dead_letters("subscriptions");
    let dead = cloud.emulator.pull(&subscription, 1);
    let dead = tokio::time::timeout(PATIENCE, dead).await.unwrap().unwrap();
    let payload: Value = serde_json::from_slice(&dead[0].data).unwrap();
    assert_eq!(payload, json!({ "force": true }));
    let outcomes = cloud.delivered(5).await;
    assert_eq!(outcomes.len(), 5);
    assert!(
        outcomes
            .iter()
            .all(|outcome| matches!(outcome, Outcome::Retry(_)))
    );
    assert!(world.latest().await.is_none());
    assert_eq!(world.told.messages().len(), 1, "a person is told once");
}

#[tokio::test]
async fn gcloud_several_apps_are_handed_on_and_a_repeated_message_adds_nothing() {
    let emulator = PubSubEmulator::start().await.unwrap();
    let mut world = World::new(App::article());
    let other = world.kintone.add_app(App::generated(7));
    world.change("APPID", format!("{},{other}", world.app));
    world.change(&format!("TOKEN_{other}"), world.kintone.token(other));
    world.change("FANOUT_TOPIC", TOPIC);
    world.change("PUBSUB_EMULATOR_HOST", emulator.host());
    // The answer to the parent is lost, so it comes again, and so do its children.
    let cloud = Cloud::start(emulator, &world, Some(1)).await;
    let parent = cloud.publish("{}").await;
    let outcomes = cloud.delivered(6).await;
    // Two deliveries of a child may meet; the later then waits its turn.
    let is_expected = |outcome: &Outcome| match outcome {
        Outcome::Done(_) => true,
        Outcome::Retry(failure) => failure.error.contains("another process"),
        Outcome::Drop(_) => false,
    };
    assert!(outcomes.iter().all(is_expected), "{outcomes:?}");
    let records = world.run_records().await;
    assert_eq!(records.len(), 2);
    for record in &records {
        assert_eq!((&record.trigger.id, record.attempts), (&parent, 1));
    }
    assert_eq!(manifests(&world).await.len(), 2);
}

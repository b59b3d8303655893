//! The whole way of a message: a real Pub/Sub, its push subscription, and the function as a service.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cloud_topic::{Message, Topic};
use function_core::{Env, RunState};
use run_record::RunRecord;
use serde_json::{Value, json};
use simulators::Effect;
use simulators::kintone::App;
use test_services::{PubSubEmulator, free_port};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Child;

use crate::machine::Machine;
use crate::steps::{backed_up, bulk};
use crate::world::World;

const TOPIC: &str = "projects/demo/topics/kintone-restore";
const SUBSCRIPTION: &str = "projects/demo/subscriptions/kintone-restore";
const NOTICES: &str = "projects/demo/topics/notify";
const LISTENER: &str = "projects/demo/subscriptions/listener";

/// Longer than Pub/Sub waits between deliveries, times the deliveries.
const PATIENCE: Duration = Duration::from_mins(1);

async fn pubsub() -> PubSubEmulator {
    let emulator = PubSubEmulator::start().await.unwrap();
    for topic in [TOPIC, NOTICES] {
        emulator.create_topic(topic).await.unwrap();
    }
    emulator.subscribe(LISTENER, NOTICES).await.unwrap();
    emulator
}

/// Lets Pub/Sub push to `port`, and soon again what is not acknowledged.
async fn push_to(emulator: &PubSubEmulator, port: u16) {
    let settings = json!({
        "topic": TOPIC,
        "pushConfig": { "pushEndpoint": format!("http://127.0.0.1:{port}/") },
        "retryPolicy": { "minimumBackoff": "0.1s", "maximumBackoff": "0.1s" },
    });
    let made = emulator.create_subscription(SUBSCRIPTION, &settings).await;
    made.unwrap();
}

async fn publish(emulator: &PubSubEmulator, payload: &Value) {
    let env = Env::default().with("PUBSUB_EMULATOR_HOST", emulator.host());
    let topic = Topic::open(TOPIC, &env).unwrap();
    let message = Message::new(payload.to_string().into_bytes());
    topic.publish(message).await.unwrap();
}

/// Waits for `what`.
async fn soon(what: impl Future<Output = ()>) {
    tokio::time::timeout(PATIENCE, what).await.unwrap();
}

/// Looks after the only run of `world` until `holds`.
async fn run_until(world: &World, holds: impl Fn(&RunRecord) -> bool) {
    soon(async {
        while !matches!(&world.run_records().await[..], [record] if holds(record)) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

/// The program as a service on a port of its own, killed when it is dropped.
struct Service {
    _program: Child,
    log: PathBuf,
}

impl Service {
    /// Pub/Sub pushes to it.
    async fn start(machine: &Machine, emulator: &PubSubEmulator) -> Self {
        let port = free_port().unwrap();
        let log = machine.folder.path().join("log");
        let file = File::create(&log).unwrap();
        let program = machine
            .program()
            .env("PORT", port.to_string())
            .env("PUBSUB_EMULATOR_HOST", emulator.host())
            .env("NOTIFY_TOPIC", NOTICES)
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        soon(async { while TcpStream::connect(("127.0.0.1", port)).await.is_err() {} }).await;
        push_to(emulator, port).await;
        Self {
            _program: program,
            log,
        }
    }

    /// How many lines of its log have all of `words`.
    fn said(&self, words: &[&str]) -> usize {
        let log = std::fs::read_to_string(&self.log).unwrap();
        let lines = log.lines();
        lines
            .filter(|line| words.iter().all(|word| line.contains(word)))
            .count()
    }

    async fn says(&self, words: &[&str]) {
        soon(async {
            while self.said(words) == 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn gcloud_a_message_that_can_not_be_carried_out_is_told_and_does_not_come_again() {
    let machine = Machine::new(App::generated(60)).await;
    let world = &machine.world;
    let emulator = pubsub().await;
    let service = Service::start(&machine, &emulator).await;
    let given_up = |words| ["given up", words];

    publish(&emulator, &json!({ "sauce": 12 })).await;
    service.says(&given_up("unknown field `sauce`")).await;

    let stale = world.request(&json!({ "accept": "0123456789abcdef" }));
    publish(&emulator, &stale).await;
    let notices = emulator.pull(LISTENER, 1);
    let notices = tokio::time::timeout(PATIENCE, notices).await.unwrap();
    let notice: Value = serde_json::from_slice(&notices.unwrap()[0].data).unwrap();
    let happened = notice["whatHappened"].as_str().unwrap();
    assert!(happened.contains("0123456789abcdef"), "{notice}");

    // A message that is right is not held up, and takes longer than a delivery that comes again.
    publish(&emulator, &world.request(&json!({}))).await;
    run_until(world, |record| record.state == RunState::Verified).await;
    world.assert_restored();
    for words in ["unknown field `sauce`", "0123456789abcdef"] {
        assert_eq!(service.said(&given_up(words)), 1, "{words}");
    }
}

/// Serves the function in this process, where time can be moved.
async fn serve(world: &World, emulator: &PubSubEmulator) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let function = world.function().await;
    let forever = std::future::pending();
    tokio::spawn(function_runtime::serve(
        "kintone-restore",
        function,
        listener,
        forever,
    ));
    push_to(emulator, port).await;
}

#[tokio::test]
async fn gcloud_a_message_comes_again_until_its_restore_is_at_its_end() {
    let mut world = backed_up(2_001).await;
    world.set("INVOCATION_TIME", "1m");
    let world = Arc::new(world);
    let time = Arc::clone(&world);
    world.kintone.before(bulk().nth(1), move |_| time.wait(70));
    let emulator = pubsub().await;
    serve(&world, &emulator).await;
    publish(&emulator, &world.request(&json!({}))).await;
    run_until(&world, |record| record.state == RunState::Verified).await;
    let attempts = world.run_records().await[0].attempts;
    assert_eq!((attempts, world.writes()), (2, 2), "a bulk a delivery");
    world.assert_restored();
}

#[tokio::test]
async fn gcloud_a_message_comes_again_for_as_long_as_kintone_is_down() {
    let world = backed_up(60).await;
    world.kintone.script(bulk(), Effect::text(503, "down"));
    let emulator = pubsub().await;
    serve(&world, &emulator).await;
    publish(&emulator, &world.request(&json!({}))).await;
    run_until(&world, |record| record.attempts >= 2).await;
    assert_eq!(world.kintone.count(world.target), 0);
    world.kintone.clear_script();
    run_until(&world, |record| record.state == RunState::Verified).await;
    world.assert_restored();
    assert_eq!(world.told.messages().len(), 0);
}

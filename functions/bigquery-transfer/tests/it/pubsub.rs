//! The whole way of the messages: a real Pub/Sub, its push subscription, and the program as a service.

use std::process::Stdio;
use std::time::Duration;

use cloud_topic::{Message, Topic};
use function_core::Env;
use serde_json::json;
use simulators::bigquery::{Fault, Options};
use test_services::{PubSubEmulator, free_port};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::night::{Export, Night, TABLES, TOPIC};

const SUBSCRIPTION: &str = "projects/demo-project/subscriptions/tasuki-prod-bigquery-transfer";
const NOTICES: &str = "projects/demo-project/topics/tasuki-prod-notify";
const LISTENER: &str = "projects/demo-project/subscriptions/listener";

/// Longer than Pub/Sub waits between deliveries, times the deliveries.
const PATIENCE: Duration = Duration::from_mins(2);

/// Pub/Sub that pushes to the program; BigQuery's stand-in publishes the ends of its runs there.
struct Cloud {
    emulator: PubSubEmulator,
    night: Night,
    _service: Child,
}

impl Cloud {
    async fn start() -> Self {
        let emulator = PubSubEmulator::start().await.unwrap();
        for topic in [TOPIC, NOTICES] {
            emulator.create_topic(topic).await.unwrap();
        }
        emulator.subscribe(LISTENER, NOTICES).await.unwrap();
        let night = Night::at_its_time(Options {
            pubsub: Some(format!("http://{}", emulator.host())),
            ..Options::default()
        })
        .await;
        let port = free_port().unwrap();
        let service = serve(&night, &emulator, port).await;
        let settings = json!({
            "topic": TOPIC,
            "pushConfig": { "pushEndpoint": format!("http://127.0.0.1:{port}/") },
            "retryPolicy": { "minimumBackoff": "0.1s", "maximumBackoff": "0.5s" },
        });
        emulator
            .create_subscription(SUBSCRIPTION, &settings)
            .await
            .unwrap();
        Self {
            emulator,
            night,
            _service: service,
        }
    }

    async fn publish(&self, payload: &serde_json::Value) {
        let env = Env::default().with("PUBSUB_EMULATOR_HOST", self.emulator.host());
        let topic = Topic::open(TOPIC, &env).unwrap();
        let message = Message::new(payload.to_string().into_bytes());
        topic.publish(message).await.unwrap();
    }

    /// Publishes ticks until the record of the day says `state`: one that finds the day held by another event is acknowledged, and judges
    /// nothing.
    async fn comes_to(&self, state: &str) {
        let path = "bigquery-transfer/2026/11/21/app-db-20261121.json";
        let path = self.night.folder.path().join(path);
        let enough = async {
            while !std::fs::read_to_string(&path)
                .is_ok_and(|text| text.contains(&format!("\"state\": \"{state}\"")))
            {
                self.publish(&json!({})).await;
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        };
        tokio::time::timeout(PATIENCE, enough).await.unwrap();
    }

    /// Waits until so many runs were started, and lets them end.
    async fn runs_end(&self, count: usize) {
        let enough = async {
            while self.night.bigquery.runs().len() < count {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, enough).await.unwrap();
        self.night.bigquery.finish_runs();
    }
}

/// The program as a service on `port`.
async fn serve(night: &Night, emulator: &PubSubEmulator, port: u16) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bigquery-transfer"));
    command.env_clear();
    for name in night.env().names() {
        command.env(name, night.env().get(name).unwrap());
    }
    let service = command
        .env("PORT", port.to_string())
        .env("PUBSUB_EMULATOR_HOST", emulator.host())
        .env("NOTIFY_TOPIC", NOTICES)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let listening = async {
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, listening).await.unwrap();
    service
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gcloud_messages_alone_bring_an_export_into_bigquery() {
    let cloud = Cloud::start().await;
    let export = Export::of("20261121").put(&cloud.night.bigquery);
    cloud.publish(&export.message()).await;
    cloud.runs_end(2).await;
    // Of two ends at the same moment one may find the day held by the other: it is acknowledged, and a tick judges it.
    cloud.comes_to("verified").await;
    cloud.night.assert_loaded_once(&TABLES);
    assert!(cloud.night.sink.words().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gcloud_a_run_that_found_nothing_reaches_people_through_the_topic() {
    let cloud = Cloud::start().await;
    let export = Export::of("20261121")
        .tables(&[("users", 3)])
        .put(&cloud.night.bigquery);
    cloud.night.bigquery.spoil_next("users", Fault::Blind);
    cloud.publish(&export.message()).await;
    cloud.runs_end(1).await;
    cloud.comes_to("failed").await;
    let notices = cloud.emulator.pull(LISTENER, 1);
    let notices = tokio::time::timeout(PATIENCE, notices)
        .await
        .unwrap()
        .unwrap();
    let notice: serde_json::Value = serde_json::from_slice(&notices[0].data).unwrap();
    assert_eq!(notice["state"], "failed");
    assert!(
        notice["whatHappened"]
            .as_str()
            .unwrap()
            .contains("app.users"),
        "{notice}"
    );
    assert!(!notice.to_string().contains("very-secret"));
}

//! The Pub/Sub emulator that comes with gcloud.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::program::on_path;
use crate::{Process, ServiceError, free_port};

const SERVICE: &str = "the Pub/Sub emulator";

/// How long the emulator may take to listen: 1 s when all is warm, 22 s seen on a cold machine.
const START_PATIENCE: Duration = Duration::from_mins(1);

/// Pub/Sub on a port of this machine; any project and any topic can be made in it.
///
/// Where it differs from the real service: it answers 202 as not acknowledged and 203 as
/// acknowledged, ignores subscription filters, and pushes without an `Authorization` header.
#[derive(Debug)]
pub struct PubSubEmulator {
    process: Process,
    port: u16,
    client: reqwest::Client,
}

/// A message as a subscription received it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PulledMessage {
    /// The id that publishing answered.
    pub id: String,
    /// The content.
    pub data: Vec<u8>,
    /// Names and values beside the content.
    pub attributes: BTreeMap<String, String>,
}

impl PubSubEmulator {
    /// Starts an emulator of its own for the caller.
    ///
    /// # Errors
    /// gcloud, its emulator or Java is not installed, or the emulator does not start.
    pub async fn start() -> Result<Self, ServiceError> {
        let program = program()?;
        let port = free_port().map_err(|source| ServiceError::Start {
            service: SERVICE,
            source,
        })?;
        let mut process = Process::start(SERVICE, |folder| {
            let mut command = Command::new(program);
            command
                .current_dir(folder)
                .env("JAVA_OPTS", "-XX:+UseSerialGC -XX:TieredStopAtLevel=1")
                .arg("--host=127.0.0.1")
                .arg(format!("--port={port}"));
            command
        })?;
        process
            .listening((Ipv4Addr::LOCALHOST, port).into(), START_PATIENCE)
            .await?;
        Ok(Self {
            process,
            port,
            client: reqwest::Client::new(),
        })
    }

    /// `host:port`, the value of `PUBSUB_EMULATOR_HOST`.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The id of the emulator's process.
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Makes `topic`, such as `projects/demo/topics/runs`. A name's parts have at least 3 characters.
    ///
    /// # Errors
    /// The emulator refused.
    pub async fn create_topic(&self, topic: &str) -> Result<(), ServiceError> {
        self.call(Method::PUT, topic, &json!({})).await.map(drop)
    }

    /// Makes `subscription` to `topic`, to be pulled from.
    ///
    /// # Errors
    /// The emulator refused.
    pub async fn subscribe(&self, subscription: &str, topic: &str) -> Result<(), ServiceError> {
        self.create_subscription(subscription, &json!({ "topic": topic }))
            .await
    }

    /// Makes `subscription` with the `settings` of the REST resource: `topic`, `pushConfig`,
    /// `deadLetterPolicy`, `retryPolicy`, `ackDeadlineSeconds`.
    ///
    /// # Errors
    /// The emulator refused.
    pub async fn create_subscription(
        &self,
        subscription: &str,
        settings: &Value,
    ) -> Result<(), ServiceError> {
        self.call(Method::PUT, subscription, settings)
            .await
            .map(drop)
    }

    /// Waits for the next `count` messages of `subscription` and acknowledges them.
    ///
    /// # Errors
    /// The emulator refused.
    pub async fn pull(
        &self,
        subscription: &str,
        count: usize,
    ) -> Result<Vec<PulledMessage>, ServiceError> {
        let mut messages = Vec::new();
        while messages.len() < count {
            let wanted = json!({ "maxMessages": count - messages.len() });
            let path = format!("{subscription}:pull");
            let answer = self.call(Method::POST, &path, &wanted).await?;
            let answer: PullAnswer = serde_json::from_value(answer)
                .map_err(|source| documented(&format!("POST {path}"), source))?;
            for received in answer.received_messages {
                let ids = json!({ "ackIds": [received.ack_id] });
                self.call(Method::POST, &format!("{subscription}:acknowledge"), &ids)
                    .await?;
                messages.push(received.message.pulled()?);
            }
        }
        Ok(messages)
    }

    async fn call(&self, method: Method, path: &str, body: &Value) -> Result<Value, ServiceError> {
        let request = format!("{method} {path}");
        let url = format!("http://{}/v1/{path}", self.host());
        let response = self.client.request(method, url).json(body).send().await;
        let response = response.map_err(|source| documented(&request, source))?;
        let status = response.status();
        let body = response
            .text()
            .await
            .map_err(|source| documented(&request, source))?;
        if !status.is_success() {
            let status = status.as_u16();
            return Err(ServiceError::Refused {
                service: SERVICE,
                request,
                status,
                body,
            });
        }
        serde_json::from_str(&body).map_err(|source| documented(&request, source))
    }
}

fn documented(
    request: &str,
    source: impl std::error::Error + Send + Sync + 'static,
) -> ServiceError {
    let request = request.to_owned();
    ServiceError::Answer {
        service: SERVICE,
        request,
        source: Box::new(source),
    }
}

/// The emulator's own start script, beside the `gcloud` on PATH.
///
/// `gcloud beta emulators pubsub start` runs the same script, but as a child of its own that
/// outlives it when it is killed, and takes 4 s longer.
fn program() -> Result<PathBuf, ServiceError> {
    let gcloud = on_path("gcloud").ok_or(ServiceError::Missing {
        program: "gcloud",
        repair: "install the Google Cloud CLI, or leave out the tests named `gcloud_…`",
    })?;
    let program = gcloud
        .canonicalize()
        .ok()
        .and_then(|gcloud| {
            Some(
                gcloud
                    .parent()?
                    .parent()?
                    .join("platform/pubsub-emulator/bin/cloud-pubsub-emulator"),
            )
        })
        .filter(|program| program.exists());
    let program = program.ok_or(ServiceError::Missing {
        program: "gcloud's Pub/Sub emulator",
        repair: "run `gcloud components install pubsub-emulator`, \
                 or `apt-get install google-cloud-cli-pubsub-emulator`",
    })?;
    on_path("java")
        .map(|_| program)
        .ok_or(ServiceError::Missing {
            program: "java",
            repair: "run `apt-get install default-jre-headless`",
        })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PullAnswer {
    #[serde(default)]
    received_messages: Vec<ReceivedMessage>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReceivedMessage {
    ack_id: String,
    message: WireMessage,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireMessage {
    message_id: String,
    #[serde(default)]
    data: String,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

impl WireMessage {
    fn pulled(self) -> Result<PulledMessage, ServiceError> {
        let data = STANDARD
            .decode(&self.data)
            .map_err(|source| documented("pull", source))?;
        Ok(PulledMessage {
            id: self.message_id,
            data,
            attributes: self.attributes,
        })
    }
}

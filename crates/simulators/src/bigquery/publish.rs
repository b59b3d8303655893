//! Messages of runs that ended, and their way to a topic.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::mpsc::{Sender, channel};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

/// What a topic is told of a run that ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Such as `projects/demo-project/topics/finished`.
    pub topic: String,
    /// The attributes, in order.
    pub attributes: Vec<(String, String)>,
    /// The `TransferRun` in JSON, with its parameters.
    pub data: String,
}

impl Finished {
    pub(super) fn new(topic: &str, run: &Value) -> Self {
        let attributes = [
            ("eventType", "TRANSFER_RUN_FINISHED"),
            ("payloadFormat", "JSON_API_V1"),
        ];
        Self {
            topic: topic.to_owned(),
            attributes: attributes
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into(),
            data: run.to_string(),
        }
    }

    /// The message as Pub/Sub takes and pushes it: `data` in base64, and `attributes`.
    pub fn message(&self) -> Value {
        let attributes = self.attributes.iter().cloned();
        let attributes: serde_json::Map<String, Value> =
            attributes.map(|(key, value)| (key, value.into())).collect();
        json!({ "data": BASE64_STANDARD.encode(&self.data), "attributes": attributes })
    }
}

/// A thread that publishes, in order, so that no request waits for a topic.
#[derive(Debug)]
pub(super) struct Publisher(Sender<Finished>);

impl Publisher {
    /// # Errors
    /// The system gives no thread.
    pub(super) fn start(url: &str) -> io::Result<Self> {
        let host = url
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .to_owned();
        let (sender, receiver) = channel::<Finished>();
        std::thread::Builder::new()
            .name("publisher".to_owned())
            .spawn(move || {
                for message in receiver {
                    if let Err(error) = publish(&host, &message) {
                        complain(&message.topic, &error);
                    }
                }
            })?;
        Ok(Self(sender))
    }

    pub(super) fn publish(&self, messages: &[Finished]) {
        for message in messages {
            // The thread ends only with the sender.
            drop(self.0.send(message.clone()));
        }
    }
}

#[expect(
    clippy::print_stderr,
    reason = "there is nobody else to tell of a topic that takes no message"
)]
fn complain(topic: &str, error: &io::Error) {
    eprintln!("{topic}: {error}");
}

/// One request on a connection of its own.
fn publish(host: &str, message: &Finished) -> io::Result<()> {
    let body = json!({ "messages": [message.message()] }).to_string();
    let mut stream = TcpStream::connect(host)?;
    write!(
        stream,
        "POST /v1/{}:publish HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        message.topic,
        body.len(),
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    match answer.split(' ').nth(1) {
        Some("200") => Ok(()),
        _ => Err(io::Error::other(
            answer.lines().next().unwrap_or_default().to_owned(),
        )),
    }
}

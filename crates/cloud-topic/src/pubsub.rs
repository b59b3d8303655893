//! Pub/Sub through Google's own client.

use std::time::Duration;

use function_core::Env;
use futures_util::future::{BoxFuture, FutureExt as _};
use google_cloud_auth::credentials::anonymous;
use google_cloud_gax::error::rpc::Code;
use google_cloud_gax::exponential_backoff::ExponentialBackoffBuilder;
use google_cloud_gax::retry_policy::RetryPolicyExt as _;
use google_cloud_pubsub::client::Publisher;
use google_cloud_pubsub::error::PublishError;
use google_cloud_pubsub::retry_policy::RetryableErrors;
use tokio::sync::OnceCell;

use crate::{Backend, Message, TopicError};

/// How long the client tries before the fault is ours: its own 10 minutes outlast a function's run.
const PUBLISH_TIMEOUT: Duration = Duration::from_mins(1);

/// How often it tries within that time.
const PUBLISH_ATTEMPTS: u32 = 5;

/// A Pub/Sub topic, connected when the first message is published.
pub(crate) struct PubSub {
    topic: String,
    /// The emulator's address, if there is one.
    emulator: Option<String>,
    publisher: OnceCell<Publisher>,
}

impl PubSub {
    /// The topic `name`; the client has no emulator variable of its own, so `env` is read here.
    pub(crate) fn new(name: &str, env: &Env) -> Self {
        Self {
            topic: name.to_owned(),
            emulator: env
                .get("PUBSUB_EMULATOR_HOST")
                .map(|host| format!("http://{host}")),
            publisher: OnceCell::new(),
        }
    }

    async fn connect(&self) -> Result<Publisher, TopicError> {
        let backoff = ExponentialBackoffBuilder::new()
            .with_initial_delay(Duration::from_millis(100))
            .with_maximum_delay(Duration::from_secs(5))
            .clamp();
        let mut builder = Publisher::builder(&self.topic)
            // Each message is awaited, so gathering a batch would only add its delay.
            .set_message_count_threshold(1)
            .with_backoff_policy(backoff)
            .with_retry_policy(
                RetryableErrors
                    .with_attempt_limit(PUBLISH_ATTEMPTS)
                    .with_time_limit(PUBLISH_TIMEOUT),
            );
        if let Some(endpoint) = &self.emulator {
            builder = builder
                .with_endpoint(endpoint)
                .with_credentials(anonymous::Builder::new().build());
        }
        builder.build().await.map_err(|source| TopicError::Refused {
            topic: self.topic.clone(),
            repair: "give the process credentials: a service account on Google Cloud, \
                     `gcloud auth application-default login` on a laptop",
            source: Box::new(source),
        })
    }

    async fn send(&self, message: Message) -> Result<String, TopicError> {
        let publisher = self.publisher.get_or_try_init(|| self.connect()).await?;
        let message = google_cloud_pubsub::model::Message::new()
            .set_data(message.data)
            .set_attributes(message.attributes);
        publisher
            .publish(message)
            .await
            .map_err(|error| self.error(error))
    }

    fn error(&self, error: PublishError) -> TopicError {
        let topic = self.topic.clone();
        match error {
            PublishError::Rpc(error) => match repair(&error) {
                Some(repair) => TopicError::Refused {
                    topic,
                    repair,
                    source: Box::new(error),
                },
                None => TopicError::Interrupted {
                    topic,
                    source: Box::new(error),
                },
            },
            // The client's own task is gone: another process does better.
            other => TopicError::Interrupted {
                topic,
                source: Box::new(other),
            },
        }
    }
}

impl Backend for PubSub {
    fn publish(&self, message: Message) -> BoxFuture<'_, Result<String, TopicError>> {
        self.send(message).boxed()
    }
}

/// What a person can do about a lasting refusal, or `None` where the fault passes by itself.
fn repair(error: &google_cloud_pubsub::Error) -> Option<&'static str> {
    if error.is_authentication() {
        return (!error.is_transient_and_before_rpc())
            .then_some("check the credentials of this process");
    }
    match error.status()?.code {
        Code::NotFound => Some("create the topic, or correct its name"),
        Code::PermissionDenied | Code::Unauthenticated => {
            Some("give this service account `roles/pubsub.publisher` on the topic")
        }
        Code::InvalidArgument => Some("a message holds at most 10 MB and 100 attributes"),
        Code::FailedPrecondition => Some("see the topic's settings in the console"),
        _ => None,
    }
}

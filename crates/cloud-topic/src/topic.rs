//! The port: what every topic can do, and nothing more.

use std::fmt;
use std::sync::Arc;

use function_core::Env;
use futures_util::future::BoxFuture;

use crate::{Kind, Memory, Message, TopicError};

/// Where messages go. Cloning is cheap; clones share the connection.
#[derive(Clone)]
pub struct Topic {
    name: Arc<str>,
    backend: Arc<dyn Backend>,
}

/// What a topic's service must be able to do.
pub trait Backend: Send + Sync {
    /// Hands `message` over and waits until the service has it; the answer is the message's id.
    fn publish(&self, message: Message) -> BoxFuture<'_, Result<String, TopicError>>;
}

impl Topic {
    /// Opens the topic `projects/PROJECT/topics/TOPIC` of Pub/Sub, or `arn:aws:sns:REGION:ACCOUNT:TOPIC`
    /// of SNS, which must exist.
    ///
    /// Nothing is asked of the service before the first message. `env` may carry
    /// `PUBSUB_EMULATOR_HOST` (`host:port`), which is then used without credentials, and what
    /// `aws_client::config` reads, except the region, which is the ARN's.
    ///
    /// # Errors
    /// The name is none of a topic, or this binary was built without its service.
    pub fn open(name: &str, env: &Env) -> Result<Self, TopicError> {
        Kind::parse(name)
            .and_then(|kind| connect(kind, name, env))
            .map(|backend| Self::from_backend(name, backend))
            .map_err(|rule| TopicError::Name {
                topic: name.to_owned(),
                rule,
            })
    }

    /// The topic in `memory`, for tests.
    pub fn memory(memory: &Memory) -> Self {
        Self::from_backend("memory", Arc::new(memory.clone()))
    }

    /// A topic called `name` that is served by `backend`.
    pub fn from_backend(name: &str, backend: Arc<dyn Backend>) -> Self {
        Self {
            name: name.into(),
            backend,
        }
    }

    /// The topic's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The service that the topic belongs to, as its name tells.
    pub fn kind(&self) -> Kind {
        Kind::of(&self.name)
    }

    /// Publishes `message` and waits for the service's acknowledgement; the answer is its id.
    ///
    /// # Errors
    /// The message is empty or none for that service, or the service refused it or could not be reached.
    pub async fn publish(&self, message: Message) -> Result<String, TopicError> {
        if message.data.is_empty() && message.attributes.is_empty() {
            return Err(TopicError::Empty {
                topic: self.name.to_string(),
            });
        }
        self.backend.publish(message).await
    }
}

impl fmt::Debug for Topic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Topic").field(&self.name).finish()
    }
}

fn connect(kind: Kind, name: &str, env: &Env) -> Result<Arc<dyn Backend>, &'static str> {
    match kind {
        #[cfg(feature = "pubsub")]
        Kind::PubSub => Ok(Arc::new(crate::pubsub::PubSub::new(name, env))),
        #[cfg(feature = "sns")]
        Kind::Sns => Ok(Arc::new(crate::sns::Sns::new(name, env))),
        kind => {
            let _ = (name, env);
            Err(kind.not_built())
        }
    }
}

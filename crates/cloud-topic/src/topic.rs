//! The port: what every topic can do, and nothing more.

use std::fmt;
use std::sync::Arc;

use function_core::Env;
use futures_util::future::BoxFuture;

use crate::{Memory, Message, TopicError};

/// What a topic's name looks like.
const NAME_RULE: &str = "the name is `projects/PROJECT/topics/TOPIC`";

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
    /// Opens the Pub/Sub topic `projects/PROJECT/topics/TOPIC`, which must exist.
    ///
    /// Nothing is asked of the service before the first message. `env` may carry
    /// `PUBSUB_EMULATOR_HOST` (`host:port`), which is then used without credentials.
    ///
    /// # Errors
    /// The name is none of a topic, or this binary was built without Pub/Sub.
    pub fn open(name: &str, env: &Env) -> Result<Self, TopicError> {
        match name.split('/').collect::<Vec<_>>()[..] {
            ["projects", project, "topics", topic] if !project.is_empty() && !topic.is_empty() => {}
            _ => {
                return Err(TopicError::Name {
                    topic: name.to_owned(),
                    rule: NAME_RULE,
                });
            }
        }
        Ok(Self::from_backend(name, connect(name, env)?))
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

    /// Publishes `message` and waits for the service's acknowledgement; the answer is its id.
    ///
    /// # Errors
    /// The message is empty, or the service refused it or could not be reached.
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

#[cfg(feature = "pubsub")]
#[expect(
    clippy::unnecessary_wraps,
    reason = "without the feature it is refused"
)]
fn connect(name: &str, env: &Env) -> Result<Arc<dyn Backend>, TopicError> {
    Ok(Arc::new(crate::pubsub::PubSub::new(name, env)))
}

#[cfg(not(feature = "pubsub"))]
fn connect(name: &str, _env: &Env) -> Result<Arc<dyn Backend>, TopicError> {
    Err(TopicError::Name {
        topic: name.to_owned(),
        rule: "this binary was built without Pub/Sub (feature `pubsub`)",
    })
}

//! Why a message could not be published.

use std::error::Error;

use function_core::Retryable;

/// Why a message could not be published. Each names the topic.
#[derive(Debug, thiserror::Error)]
pub enum TopicError {
    /// The name is not one of a topic that this binary can reach.
    #[error("`{topic}` is not a topic that can be opened: {rule}")]
    Name {
        /// What was given.
        topic: String,
        /// What a right name looks like.
        rule: &'static str,
    },
    /// The message has neither data nor attributes.
    #[error("a message to {topic} is empty; give it data or an attribute")]
    Empty {
        /// The topic.
        topic: String,
    },
    /// The service could not carry the message.
    #[error("a message to {topic} can't be sent: {rule}")]
    Unfit {
        /// The topic.
        topic: String,
        /// What is wrong with it, and what to do.
        rule: &'static str,
    },
    /// The service refused: no topic, no right, a message too large.
    #[error("publishing to {topic} was refused; {repair}")]
    Refused {
        /// The topic.
        topic: String,
        /// What to do about it.
        repair: &'static str,
        /// The service's own words.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A passing fault: a timeout, a cut line, an overloaded service. The message may have arrived.
    #[error("publishing to {topic} was interrupted")]
    Interrupted {
        /// The topic.
        topic: String,
        /// The service's own words.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl Retryable for TopicError {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Interrupted { .. } => true,
            Self::Name { .. } | Self::Empty { .. } | Self::Unfit { .. } | Self::Refused { .. } => {
                false
            }
        }
    }
}

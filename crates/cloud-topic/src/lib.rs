//! Messages to a topic: Pub/Sub or memory behind one narrow port.
//!
//! [`Topic::publish`] returns only when the service has acknowledged the message, so what was
//! published survives the publisher. A message may arrive twice: receivers tell by its content.
//!
//! ```text
//! let topic = Topic::open("projects/acme/topics/kintone-export", &env)?;
//! let id = topic.publish(Message::new(r#"{"app":12}"#).attribute("parent", &event.id)).await?;
//! ```

mod error;
mod memory;
mod message;
#[cfg(feature = "pubsub")]
mod pubsub;
mod topic;

pub use error::TopicError;
pub use memory::Memory;
pub use message::Message;
pub use topic::{Backend, Topic};

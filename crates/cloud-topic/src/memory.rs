//! A topic in memory.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::{BoxFuture, FutureExt as _, ready};

use crate::{Backend, Message, TopicError};

/// The messages of a topic that lives in this process; for tests. Clones share their messages.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Mutex<Vec<Message>>>);

impl Memory {
    /// A topic that has no messages yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The messages so far, in the order in which they were published.
    pub fn messages(&self) -> Vec<Message> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Backend for Memory {
    fn publish(&self, message: Message) -> BoxFuture<'_, Result<String, TopicError>> {
        let mut messages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        messages.push(message);
        ready(Ok(messages.len().to_string())).boxed()
    }
}

//! The event of a restore, as a message would bring it.

use function_core::{Clock, Event};
use serde_json::{Map, Value};

/// What is asked for: the keys that were given, and no others.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    keys: Map<String, Value>,
    /// What a restore is called comes from what it asks for, not from its event: any id and time do.
    event: Event,
}

impl Request {
    /// Asks for nothing in particular, now.
    pub(crate) fn new() -> Self {
        let now = Clock::system().now();
        Self {
            keys: Map::new(),
            event: Event::new(format!("tasuki-{}", now.as_millisecond()), now, "{}"),
        }
    }

    /// The same with `value` under `key`; nothing and `false` leave it out.
    #[must_use]
    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        if !matches!(value, Value::Null | Value::Bool(false)) {
            self.keys.insert(key.to_owned(), value);
        }
        self
    }

    /// The text under `key`.
    pub(crate) fn key(&self, key: &str) -> Option<&str> {
        self.keys.get(key)?.as_str()
    }

    /// The event that asks for it.
    pub(crate) fn event(&self) -> Event {
        let mut event = self.event.clone();
        event.payload = Value::Object(self.keys.clone()).to_string().into_bytes();
        event
    }
}

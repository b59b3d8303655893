//! The fields of an event or a span as JSON values.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Debug;

use function_core::chain;
use serde_json::Value;
use tracing::field::{Field, Visit};

/// Values by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(pub(crate) BTreeMap<&'static str, Value>);

impl Fields {
    /// Takes the text of `name` out.
    pub(crate) fn take_text(&mut self, name: &str) -> Option<String> {
        match self.0.remove(name)? {
            Value::String(text) => Some(text),
            other => Some(other.to_string()),
        }
    }

    /// The message; an error's own words are appended, because summaries and alerts show no fields.
    pub(crate) fn take_message(&mut self) -> String {
        let message = self.take_text("message").unwrap_or_default();
        match self.0.get("error") {
            Some(Value::String(error)) if message.is_empty() => error.clone(),
            Some(Value::String(error)) => format!("{message}: {error}"),
            _ => message,
        }
    }

    fn insert(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.insert(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        match u64::try_from(value) {
            Ok(value) => self.insert(field, value),
            Err(_) => self.insert(field, value.to_string()),
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.insert(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.insert(field, chain(value));
    }
}

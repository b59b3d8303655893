//! The values of a record.

use std::sync::Arc;

use serde_json::Value;

/// A value, its own or one that many records share: who wrote them, when, and what a form begins with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kept {
    Own(Value),
    Shared(Arc<Value>),
}

impl From<Value> for Kept {
    fn from(value: Value) -> Self {
        Self::Own(value)
    }
}

impl From<&Arc<Value>> for Kept {
    fn from(value: &Arc<Value>) -> Self {
        Self::Shared(Arc::clone(value))
    }
}

/// Values by field code. A form has so few fields that a walk over them is faster than a tree, and its records
/// share the codes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Values(Vec<(Arc<str>, Kept)>);

impl Values {
    /// No values, with room for those of `fields` fields.
    pub(crate) fn with_capacity(fields: usize) -> Self {
        Self(Vec::with_capacity(fields))
    }

    pub(crate) fn get(&self, code: &str) -> Option<&Value> {
        let mut values = self.0.iter();
        let (_, kept) = values.find(|(other, _)| **other == *code)?;
        Some(match kept {
            Kept::Own(value) => value,
            Kept::Shared(value) => value,
        })
    }

    /// Adds the value of a field that has none.
    pub(crate) fn add(&mut self, code: &Arc<str>, value: Kept) {
        self.0.push((Arc::clone(code), value));
    }

    /// Adds or replaces a value.
    pub(crate) fn set(&mut self, code: &Arc<str>, value: impl Into<Kept>) {
        let value = value.into();
        match self.0.iter_mut().find(|(other, _)| other == code) {
            Some((_, before)) => *before = value,
            None => self.0.push((Arc::clone(code), value)),
        }
    }
}

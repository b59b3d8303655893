//! The members of a request's body, by the types and constraints of the service model.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::refusal::Refusal;
use super::rule::Rule;

/// The members of a structure. Members that nobody asks for are overlooked, as the service overlooks them.
#[derive(Debug)]
pub(super) struct Parameters {
    members: Map<String, Value>,
    path: String,
    broken: Vec<String>,
}

impl Parameters {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Refusal> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => Ok(Self::within(members, String::new())),
            _ => Err(Refusal::new(
                "SerializationException",
                "Start of structure or map found where not expected",
            )),
        }
    }

    /// A structure at `path`, which ends in a point unless it is empty.
    pub(super) fn within(members: Map<String, Value>, path: String) -> Self {
        Self {
            members,
            path,
            broken: Vec::new(),
        }
    }

    fn member(&self, name: &str) -> Option<&Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn is_given(&self, name: &str) -> bool {
        self.member(name).is_some()
    }

    /// Notes that `value` at a member does not keep to a constraint.
    pub(super) fn breaks(&mut self, value: &str, name: &str, constraint: &str) {
        let (first, rest) = name.split_at(1);
        let member = format!("{}{}{rest}", self.path, first.to_lowercase());
        self.broken.push(format!(
            "Value {value} at '{member}' failed to satisfy constraint: {constraint}"
        ));
    }

    pub(super) fn text(&mut self, name: &str, rule: Rule) -> Result<Option<String>, Refusal> {
        let text = match self.member(name) {
            None => return Ok(None),
            Some(Value::String(text)) => text.clone(),
            Some(other) => return Err(wrong_type(other, "String")),
        };
        if let Some(constraint) = rule.broken_by(&text) {
            self.breaks(&format!("'{text}'"), name, &constraint);
        }
        Ok(Some(text))
    }

    /// A text that must be there; it is empty where it is missing, and [`Parameters::finish`] tells.
    pub(super) fn required(&mut self, name: &str, rule: Rule) -> Result<String, Refusal> {
        let text = self.text(name, rule)?;
        if text.is_none() {
            self.breaks("null", name, "Member must not be null");
        }
        Ok(text.unwrap_or_default())
    }

    /// A whole number from 1 to `most`.
    pub(super) fn count(&mut self, name: &str, most: usize) -> Result<Option<usize>, Refusal> {
        self.whole(name, 1, most)
    }

    /// A whole number from 0 to `most`.
    pub(super) fn index(&mut self, name: &str, most: usize) -> Result<Option<usize>, Refusal> {
        self.whole(name, 0, most)
    }

    fn whole(&mut self, name: &str, least: usize, most: usize) -> Result<Option<usize>, Refusal> {
        let Some(value) = self.member(name) else {
            return Ok(None);
        };
        let Some(count) = value.as_i64() else {
            return Err(wrong_type(value, "Integer"));
        };
        let bound = match usize::try_from(count) {
            Ok(count) if (least..=most).contains(&count) => return Ok(Some(count)),
            Ok(count) if count > most => format!("less than or equal to {most}"),
            _ => format!("greater than or equal to {least}"),
        };
        let constraint = format!("Member must have value {bound}");
        self.breaks(&format!("'{count}'"), name, &constraint);
        Ok(None)
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        let Some(value) = self.member(name) else {
            return Ok(None);
        };
        let flag = value.as_bool();
        flag.map(Some).ok_or_else(|| wrong_type(value, "Boolean"))
    }

    /// A time in seconds since 1970, to the microsecond.
    pub(super) fn time(&self, name: &str) -> Result<Option<Timestamp>, Refusal> {
        let Some(value) = self.member(name) else {
            return Ok(None);
        };
        let time = value.as_f64().and_then(|seconds| {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a time out of range has no instant"
            )]
            let micros = (seconds * 1e6).round() as i64;
            Timestamp::from_microsecond(micros).ok()
        });
        time.map(Some).ok_or_else(|| wrong_type(value, "Timestamp"))
    }

    /// The entries of a map or a structure, as they came.
    pub(super) fn map(&self, name: &str) -> Result<Option<Map<String, Value>>, Refusal> {
        match self.member(name) {
            None => Ok(None),
            Some(Value::Object(members)) => Ok(Some(members.clone())),
            Some(_) => Err(Refusal::new(
                "SerializationException",
                "Unexpected field type",
            )),
        }
    }

    /// A map that must be there; it is empty where it is missing, and [`Parameters::finish`] tells.
    pub(super) fn required_map(&mut self, name: &str) -> Result<Map<String, Value>, Refusal> {
        let map = self.map(name)?;
        if map.is_none() {
            self.breaks("null", name, "Member must not be null");
        }
        Ok(map.unwrap_or_default())
    }

    /// The members of these names that are given, as they came.
    pub(super) fn told(&self, names: &[&str]) -> Map<String, Value> {
        let member = |name: &&str| Some(((*name).to_owned(), self.member(name)?.clone()));
        names.iter().filter_map(member).collect()
    }

    /// The elements of a list, as they came.
    pub(super) fn list(&self, name: &str) -> Result<Option<Vec<Value>>, Refusal> {
        match self.member(name) {
            None => Ok(None),
            Some(Value::Array(elements)) => Ok(Some(elements.clone())),
            Some(_) => Err(Refusal::new(
                "SerializationException",
                "Start of structure or map found where not expected",
            )),
        }
    }

    pub(super) fn structure(&self, name: &str) -> Result<Option<Self>, Refusal> {
        match self.map(name)? {
            None => Ok(None),
            Some(members) => {
                let (first, rest) = name.split_at(1);
                let path = format!("{}{}{rest}.", self.path, first.to_lowercase());
                Ok(Some(Self::within(members, path)))
            }
        }
    }

    /// Takes over what is broken within a structure of this one.
    pub(super) fn absorb(&mut self, inner: Self) {
        self.broken.extend(inner.broken);
    }

    /// Refuses all that is broken, at once.
    pub(super) fn finish(self) -> Result<(), Refusal> {
        let count = self.broken.len();
        if count == 0 {
            return Ok(());
        }
        let errors = if count == 1 { "error" } else { "errors" };
        let broken = self.broken.join("; ");
        Err(Refusal::invalid(format!(
            "{count} validation {errors} detected: {broken}"
        )))
    }
}

fn wrong_type(value: &Value, wanted: &str) -> Refusal {
    let given = match value {
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(number) if number.is_f64() => "DECIMAL_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
        Value::Array(_) | Value::Object(_) | Value::Null => {
            return Refusal::new("SerializationException", "Unexpected field type");
        }
    };
    let message = format!("{given} cannot be converted to {wanted}");
    Refusal::new("SerializationException", message)
}

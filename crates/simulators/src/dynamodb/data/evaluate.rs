//! Whether a condition holds for an item.

use std::cmp::Ordering;

use serde_json::Value;

use super::attribute::binary;
use super::condition::{Comparison, Condition, Operand};
use super::key::kind_of;
use super::number::Number;

impl Condition {
    /// Whether it holds; no item has no attributes.
    pub(super) fn holds(&self, item: &Value) -> bool {
        match self {
            Self::Compare(left, comparison, right) => {
                compare(left.of(item), *comparison, right.of(item))
            }
            Self::Between(value, low, high) => {
                let value = value.of(item);
                compare(low.of(item), Comparison::LessOrEqual, value)
                    && compare(value, Comparison::LessOrEqual, high.of(item))
            }
            Self::Exists(name) => item.get(name).is_some(),
            Self::NotExists(name) => item.get(name).is_none(),
            Self::Type(name, kind) => {
                let kind = kind.of(item).and_then(|kind| kind["S"].as_str());
                item.get(name)
                    .is_some_and(|value| Some(kind_of(value)) == kind)
            }
            Self::BeginsWith(text, start) => begins(text.of(item), start.of(item)),
            Self::Contains(text, part) => contains(text.of(item), part.of(item)),
            Self::And(left, right) => left.holds(item) && right.holds(item),
            Self::Or(left, right) => left.holds(item) || right.holds(item),
            Self::Not(inner) => !inner.holds(item),
        }
    }
}

impl Operand {
    fn of<'value>(&'value self, item: &'value Value) -> Option<&'value Value> {
        match self {
            Self::Attribute(name) => item.get(name),
            Self::Value(value) => Some(value),
        }
    }
}

/// Compares two values. A missing one, and another type, fulfil only `<>`.
fn compare(left: Option<&Value>, comparison: Comparison, right: Option<&Value>) -> bool {
    let same = left.is_some() && left == right;
    let order = left.zip(right).and_then(|(left, right)| order(left, right));
    match comparison {
        Comparison::Equal => same,
        Comparison::NotEqual => !same,
        Comparison::Less => order == Some(Ordering::Less),
        Comparison::LessOrEqual => order.is_some_and(Ordering::is_le),
        Comparison::Greater => order == Some(Ordering::Greater),
        Comparison::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
    }
}

/// The order of two texts, numbers or binaries; of other types, and of two types, there is none.
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    let kind = kind_of(left);
    let (left, right) = (left.get(kind)?.as_str()?, right.get(kind)?.as_str()?);
    match kind {
        "N" => Some(Number::parse(left).ok()?.cmp(&Number::parse(right).ok()?)),
        "B" => Some(binary(left).ok()?.cmp(&binary(right).ok()?)),
        "S" => Some(left.as_bytes().cmp(right.as_bytes())),
        _ => None,
    }
}

fn begins(text: Option<&Value>, start: Option<&Value>) -> bool {
    let bytes = |value: Option<&Value>| -> Option<(String, Vec<u8>)> {
        let value = value?;
        let kind = kind_of(value);
        let text = value.get(kind)?.as_str()?;
        let bytes = match kind {
            "B" => binary(text).ok()?,
            "S" => text.as_bytes().to_vec(),
            _ => return None,
        };
        Some((kind.to_owned(), bytes))
    };
    match (bytes(text), bytes(start)) {
        (Some((kind, text)), Some((other, start))) => kind == other && text.starts_with(&start),
        _ => false,
    }
}

/// Whether a text has a part, a set or a list an element.
fn contains(whole: Option<&Value>, part: Option<&Value>) -> bool {
    let (Some(whole), Some(part)) = (whole, part) else {
        return false;
    };
    let kind = kind_of(part);
    match (kind_of(whole), &whole[kind_of(whole)]) {
        ("S", Value::String(text)) => part["S"].as_str().is_some_and(|part| text.contains(part)),
        ("L", Value::Array(elements)) => elements.contains(part),
        ("SS" | "NS" | "BS", Value::Array(elements)) => {
            kind_of(whole).strip_suffix('S') == Some(kind) && elements.contains(&part[kind])
        }
        _ => false,
    }
}

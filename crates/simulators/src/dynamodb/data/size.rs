//! How many bytes an item takes when it is stored.

use serde_json::{Map, Value};

use super::attribute::binary;
use super::number::Number;

/// The bytes of an item: its names and its values.
pub(in crate::dynamodb) fn item_bytes(item: &Map<String, Value>) -> usize {
    item.iter()
        .map(|(name, value)| name.len() + value_bytes(value))
        .sum()
}

/// The bytes of a value. What the service would refuse counts nothing.
fn value_bytes(value: &Value) -> usize {
    let Some((kind, content)) = value.as_object().and_then(|typed| typed.iter().next()) else {
        return 0;
    };
    match (kind.as_str(), content) {
        ("BOOL" | "NULL", _) => 1,
        ("SS" | "NS" | "BS", Value::Array(elements)) => {
            let kind = kind.get(..1).unwrap_or_default();
            elements.iter().map(|one| scalar_bytes(kind, one)).sum()
        }
        ("L", Value::Array(values)) => {
            3 + values.iter().map(|one| 1 + value_bytes(one)).sum::<usize>()
        }
        ("M", Value::Object(members)) => 3 + members.len() + item_bytes(members),
        (kind, content) => scalar_bytes(kind, content),
    }
}

fn scalar_bytes(kind: &str, content: &Value) -> usize {
    let text = content.as_str().unwrap_or_default();
    match kind {
        "B" => binary(text).map_or(0, |bytes| bytes.len()),
        "N" => Number::parse(text).map_or(0, |number| number.bytes()),
        _ => text.len(),
    }
}

//! Attribute values: what the service takes, and the form in which it gives them back.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::super::refusal::Refusal;
use super::number::Number;

/// How deep maps and lists may be nested.
const LEVELS: usize = 32;

/// What most refusals of a value begin with.
const INVALID: &str = "One or more parameter values were invalid:";

/// The members of an item or a key, by their names, each as the service keeps it.
///
/// Numbers lose needless zeros and powers of ten, sets and attributes their order: both come back sorted.
pub(in crate::dynamodb) fn attributes(
    members: &Map<String, Value>,
) -> Result<Map<String, Value>, Refusal> {
    map(members, 0)
}

/// A value as the service keeps it, or why it doesn't.
pub(super) fn attribute(value: &Value) -> Result<Value, Refusal> {
    one(value, 0)
}

/// An item as the service would give it back, with what it would refuse left as it is.
///
/// Numbers lose needless zeros and powers of ten, sets and attributes are sorted. So two items are the same when
/// their canonical forms are.
pub fn canonical(item: &Value) -> Value {
    tidy(item.clone())
}

/// The same of an item that is no longer needed as it came.
pub(in crate::dynamodb) fn tidy(item: Value) -> Value {
    let Value::Object(members) = item else {
        return item;
    };
    let mut sorted: Vec<_> = members.into_iter().collect();
    sorted.sort_by(|(one, _), (other, _)| one.cmp(other));
    let kept = |(name, value)| (name, attribute(&value).unwrap_or(value));
    sorted.into_iter().map(kept).collect()
}

fn map(members: &Map<String, Value>, level: usize) -> Result<Map<String, Value>, Refusal> {
    if members.contains_key("") {
        let message = format!("{INVALID} An attribute name may not be empty");
        return Err(Refusal::invalid(message));
    }
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_by_key(|(name, _)| *name);
    let kept = |(name, value): (&String, &Value)| Ok((name.clone(), one(value, level)?));
    sorted.into_iter().map(kept).collect()
}

fn one(value: &Value, level: usize) -> Result<Value, Refusal> {
    let Value::Object(typed) = value else {
        return Err(unreadable("Unexpected value type in payload"));
    };
    if level > LEVELS {
        return Err(Refusal::invalid(
            "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond \
             supported limit",
        ));
    }
    let mut kept = Map::new();
    for (kind, content) in typed {
        if let Some(content) = of_kind(kind, content, level)? {
            kept.insert(kind.clone(), content);
        }
    }
    let fault = match kept.len() {
        0 => "is empty",
        1 => return Ok(Value::Object(kept)),
        _ => "has more than one datatypes set",
    };
    Err(Refusal::invalid(format!(
        "Supplied AttributeValue {fault}, must contain exactly one of the supported datatypes"
    )))
}

/// The content of a value of one type; nothing for a type that the service doesn't know, which it overlooks.
fn of_kind(kind: &str, content: &Value, level: usize) -> Result<Option<Value>, Refusal> {
    let content = match kind {
        "S" => json!(text(content)?),
        "N" => json!(Number::parse(text(content)?)?.text()),
        "B" => json!(STANDARD.encode(binary(text(content)?)?)),
        "BOOL" => json!(flag(content)?),
        "NULL" if flag(content)? => Value::Bool(true),
        "NULL" => {
            return Err(Refusal::invalid(format!(
                "{INVALID} Null attribute value types must have the value of true"
            )));
        }
        "SS" => strings(content)?,
        "NS" => numbers(content)?,
        "BS" => binaries(content)?,
        "L" => {
            let list = list(content)?.iter().map(|value| one(value, level + 1));
            Value::Array(list.collect::<Result<_, _>>()?)
        }
        "M" => {
            let members = content.as_object();
            let members = members.ok_or_else(|| unreadable("Unexpected field type"))?;
            Value::Object(map(members, level + 1)?)
        }
        _ => return Ok(None),
    };
    Ok(Some(content))
}

fn unreadable(message: &str) -> Refusal {
    Refusal::new("SerializationException", message)
}

fn text(content: &Value) -> Result<&str, Refusal> {
    let wrong = match content {
        Value::String(text) => return Ok(text),
        Value::Bool(true) => "TRUE_VALUE cannot be converted to String",
        Value::Bool(false) => "FALSE_VALUE cannot be converted to String",
        Value::Number(number) if number.is_f64() => "DECIMAL_VALUE cannot be converted to String",
        Value::Number(_) => "NUMBER_VALUE cannot be converted to String",
        Value::Array(_) => "Unrecognized collection type class java.lang.String",
        Value::Object(_) | Value::Null => "Start of structure or map found where not expected",
    };
    Err(unreadable(wrong))
}

fn flag(content: &Value) -> Result<bool, Refusal> {
    let wrong = || unreadable("Unexpected token received from parser");
    match content {
        // The service reads these texts, too; any other is false.
        Value::String(text) => Ok(text.eq_ignore_ascii_case("true")),
        other => other.as_bool().ok_or_else(wrong),
    }
}

fn list(content: &Value) -> Result<&[Value], Refusal> {
    let list = content.as_array().map(Vec::as_slice);
    list.ok_or_else(|| unreadable("Unexpected field type"))
}

/// The bytes that a text in base64 stands for.
pub(super) fn binary(text: &str) -> Result<Vec<u8>, Refusal> {
    let bytes = STANDARD.decode(text);
    bytes.map_err(|_| unreadable("only base-64-encoded strings are convertible to bytes"))
}

fn strings(content: &Value) -> Result<Value, Refusal> {
    let texts = list(content)?.iter().map(text);
    let texts = texts.collect::<Result<Vec<_>, _>>()?;
    let sorted: BTreeSet<_> = texts.iter().copied().collect();
    if sorted.is_empty() {
        let message = format!("{INVALID} An string set  may not be empty");
        return Err(Refusal::invalid(message));
    }
    if sorted.len() < texts.len() {
        let all = texts.join(", ");
        let message = format!("{INVALID} Input collection [{all}] contains duplicates.");
        return Err(Refusal::invalid(message));
    }
    Ok(json!(sorted))
}

fn numbers(content: &Value) -> Result<Value, Refusal> {
    let given = list(content)?;
    if given.is_empty() {
        let message = format!("{INVALID} An number set  may not be empty");
        return Err(Refusal::invalid(message));
    }
    let numbers = given.iter().map(|number| Number::parse(text(number)?));
    let sorted: BTreeSet<Number> = numbers.collect::<Result<_, _>>()?;
    if sorted.len() < given.len() {
        return Err(Refusal::invalid("Input collection contains duplicates"));
    }
    Ok(sorted.iter().map(Number::text).collect())
}

fn binaries(content: &Value) -> Result<Value, Refusal> {
    let given = list(content)?;
    let bytes = given.iter().map(|value| binary(text(value)?));
    let sorted: BTreeSet<Vec<u8>> = bytes.collect::<Result<_, _>>()?;
    if sorted.is_empty() {
        let message = format!("{INVALID} Binary sets should not be empty");
        return Err(Refusal::invalid(message));
    }
    if sorted.len() < given.len() {
        let all: Vec<&str> = given.iter().filter_map(Value::as_str).collect();
        let all = all.join(", ");
        let message = format!("{INVALID} Input collection [{all}]of type BS contains duplicates.");
        return Err(Refusal::invalid(message));
    }
    Ok(sorted.iter().map(|bytes| STANDARD.encode(bytes)).collect())
}

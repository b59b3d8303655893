//! Values held against the schemas of a discovery document.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::enumeration;

/// The schemas of an API, and what was found against them so far.
pub(super) struct Reader<'a> {
    schemas: &'a BTreeMap<String, Value>,
    faults: Vec<String>,
    /// Whether enumerations are written as numbers in what is read.
    numbers: bool,
}

impl<'a> Reader<'a> {
    /// A reader that leaves names of enumerations where it finds names or numbers.
    pub(super) fn names(schemas: &'a BTreeMap<String, Value>) -> Self {
        Self {
            schemas,
            faults: Vec::new(),
            numbers: false,
        }
    }

    /// A reader that leaves numbers of enumerations.
    pub(super) fn numbers(schemas: &'a BTreeMap<String, Value>) -> Self {
        Self {
            numbers: true,
            ..Self::names(schemas)
        }
    }

    /// Reads a value of the schema called `name`, and gives it in the form that is wanted with what is wrong in it.
    pub(super) fn read(mut self, name: &str, value: &Value) -> (Value, Vec<String>) {
        let read = self.reference(name, value, name);
        (read, self.faults)
    }

    /// Reads a value of a schema that stands where it is used, such as a parameter's.
    pub(super) fn read_inline(
        mut self,
        schema: &Value,
        value: &Value,
        place: &str,
    ) -> (Value, Vec<String>) {
        let read = self.value(schema, value, place);
        (read, self.faults)
    }

    fn fault(&mut self, place: &str, words: &str) {
        self.faults.push(format!("{place}: {words}"));
    }

    fn reference(&mut self, name: &str, value: &Value, place: &str) -> Value {
        if let Some(schema) = self.schemas.get(name) {
            return self.value(schema, value, place);
        }
        self.fault(place, &format!("no schema {name}"));
        value.clone()
    }

    fn value(&mut self, schema: &Value, value: &Value, place: &str) -> Value {
        if let Some(name) = schema["$ref"].as_str() {
            return self.reference(name, value, place);
        }
        // A null stands for the default, whatever the type.
        if value.is_null() {
            return Value::Null;
        }
        match schema["type"].as_str() {
            Some("object") => self.object(schema, value, place),
            Some("array") => self.array(schema, value, place),
            Some("string") => self.string(schema, value, place),
            Some("boolean") => self.plain(value.is_boolean(), "a boolean", value, place),
            Some("integer") => self.plain(
                is_integer(schema, value),
                "an integer in its range",
                value,
                place,
            ),
            Some("number") => self.plain(value.is_number(), "a number", value, place),
            _ => value.clone(),
        }
    }

    fn plain(&mut self, fits: bool, wanted: &str, value: &Value, place: &str) -> Value {
        if !fits {
            self.fault(place, &format!("{} is not {wanted}", kind(value)));
        }
        value.clone()
    }

    fn object(&mut self, schema: &Value, value: &Value, place: &str) -> Value {
        let Some(members) = value.as_object() else {
            return self.plain(false, "an object", value, place);
        };
        let mut read = Map::new();
        for (key, member) in members {
            let inner = format!("{place}.{key}");
            let Some((key, of)) = property(schema, key) else {
                self.fault(&inner, "unknown key");
                continue;
            };
            read.insert(key, self.value(of, member, &inner));
        }
        Value::Object(read)
    }

    fn array(&mut self, schema: &Value, value: &Value, place: &str) -> Value {
        let Some(items) = value.as_array() else {
            return self.plain(false, "an array", value, place);
        };
        let items = items.iter().enumerate();
        let read = items
            .map(|(index, item)| self.value(&schema["items"], item, &format!("{place}[{index}]")));
        Value::Array(read.collect())
    }

    fn string(&mut self, schema: &Value, value: &Value, place: &str) -> Value {
        if let Some(names) = schema["enum"].as_array() {
            return self.enumerated(names, value, place);
        }
        let format = schema["format"].as_str().unwrap_or_default();
        let Some(text) = value.as_str() else {
            let is_number = matches!(format, "int64" | "uint64") && is_whole(value);
            return self.plain(is_number, "a string", value, place);
        };
        if !is_format(format, text) {
            self.fault(place, &format!("the text is not of the format {format}"));
        }
        value.clone()
    }

    fn enumerated(&mut self, names: &[Value], value: &Value, place: &str) -> Value {
        let name = match value {
            Value::String(name) => names
                .iter()
                .any(|known| known == name)
                .then(|| name.clone()),
            other => other
                .as_u64()
                .and_then(|number| enumeration::name(names, number))
                .map(str::to_owned),
        };
        let Some(name) = name else {
            return self.plain(false, "of the enumeration", value, place);
        };
        match enumeration::number(names, &name).filter(|_| self.numbers) {
            Some(number) => number.into(),
            None => name.into(),
        }
    }
}

/// The member that a key means, by its name in camel case; either spelling is good on the way in.
fn property<'a>(schema: &'a Value, key: &str) -> Option<(String, &'a Value)> {
    let properties = &schema["properties"];
    let named = [key.to_owned(), camel(key)].into_iter();
    let mut known = named.filter_map(|name| properties.get(&name).map(|of| (name, of)));
    let other = schema.get("additionalProperties");
    known
        .next()
        .or_else(|| other.map(|of| (key.to_owned(), of)))
}

fn is_whole(value: &Value) -> bool {
    value.is_i64() || value.is_u64()
}

fn is_integer(schema: &Value, value: &Value) -> bool {
    let range = match schema["format"].as_str() {
        Some("uint32") => 0..=i64::from(u32::MAX),
        _ => i64::from(i32::MIN)..=i64::from(i32::MAX),
    };
    value.as_i64().is_some_and(|value| range.contains(&value))
}

fn is_format(format: &str, text: &str) -> bool {
    match format {
        "int64" => text.parse::<i64>().is_ok(),
        "uint64" => text.parse::<u64>().is_ok(),
        "google-datetime" | "date-time" => text.parse::<Timestamp>().is_ok(),
        "google-duration" => text.ends_with('s') && text.parse::<SignedDuration>().is_ok(),
        _ => true,
    }
}

/// What a value is, without what it says: it may be a secret.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// `update_time` as `updateTime`.
pub(super) fn camel(text: &str) -> String {
    let mut words = text.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| {
        let (head, rest) = word.split_at(usize::from(!word.is_empty()));
        text + &head.to_ascii_uppercase() + rest
    })
}

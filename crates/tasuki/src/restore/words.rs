//! Values under names, in short, aligned words.

use std::io::{self, Write};

use serde_json::{Map, Value};

/// The narrowest column of names.
pub(crate) const NARROWEST: usize = 12;

/// Keys that come first, in this order; then come the other single values, and then the lists.
const FIRST: [&str; 8] = [
    "backup", "backupOf", "asOf", "from", "into", "table", "target", "mode",
];
/// Keys that come last, in this order: what a person decides by.
const LAST: [&str; 4] = ["notes", "warnings", "blockers", "accept"];

/// Writes a line for each value of `keys`, and one for each line of a list.
pub(crate) fn write(out: &mut impl Write, keys: &Map<String, Value>) -> io::Result<()> {
    let width = keys.keys().map(|key| name(key).len()).max();
    let width = width.unwrap_or_default().max(NARROWEST);
    let mut shown: Vec<_> = keys.iter().collect();
    shown.sort_by_key(|(key, value)| rank(key, value));
    for (key, value) in shown {
        let mut label = name(key);
        let lines = match value {
            Value::Null => &[],
            Value::Array(lines) => lines.as_slice(),
            single => std::slice::from_ref(single),
        };
        for line in lines {
            writeln!(out, "  {label:<width$} {}", words(line))?;
            label.clear();
        }
    }
    Ok(())
}

/// Where a key stands among the others; equal ones keep their order.
fn rank(key: &str, value: &Value) -> usize {
    let among = |keys: &[&str]| keys.iter().position(|known| *known == key);
    match (among(&FIRST), among(&LAST)) {
        (Some(place), _) => place,
        (None, Some(place)) => FIRST.len() + 2 + place,
        (None, None) => FIRST.len() + usize::from(value.is_array()),
    }
}

/// `writeUnits` as `write units`, `costUSD` as `cost USD`.
fn name(key: &str) -> String {
    let mut name = String::with_capacity(key.len() + 4);
    let mut letters = key.chars().peekable();
    while let Some(letter) = letters.next() {
        let begins = letter.is_lowercase() && letters.peek().is_some_and(char::is_ascii_uppercase);
        let is_alone =
            letter.is_ascii_uppercase() && letters.peek().is_some_and(char::is_ascii_lowercase);
        name.push(if is_alone {
            letter.to_ascii_lowercase()
        } else {
            letter
        });
        if begins {
            name.push(' ');
        }
    }
    name
}

fn words(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => grouped(number.to_string().trim_end_matches(".0")),
        Value::String(text) => text.clone(),
        Value::Array(parts) => joined(parts.iter().map(words)),
        Value::Object(keys) => pairs(keys),
    }
}

fn pairs(keys: &Map<String, Value>) -> String {
    let there = keys.iter().filter(|(_, value)| !value.is_null());
    joined(there.map(|(key, value)| format!("{} {}", name(key), words(value))))
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

/// Whole numbers with a comma every three digits, others as they are.
fn grouped(number: &str) -> String {
    if !number.bytes().all(|digit| digit.is_ascii_digit()) {
        return number.to_owned();
    }
    let mut grouped = String::with_capacity(number.len() + number.len() / 3);
    for (index, digit) in number.chars().enumerate() {
        if index > 0 && (number.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

//! Values as they are compared, and in words.

use jiff::Timestamp;
use kintone_client::Value;

use crate::uncsv::UNKNOWN_SIZE;

pub(super) fn is_empty(value: &Value<'_>) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) => text.is_empty(),
        Value::Texts(texts) => texts.is_empty(),
        Value::User(user) => user.code.is_empty(),
        Value::Users(users) => users.is_empty(),
        Value::Files(files) => files.is_empty(),
        Value::Table(rows) => rows.is_empty(),
        Value::Other(json) => json.get() == "null",
    }
}

pub(super) fn is_same_set<T: Ord + Clone>(was: &[T], is: &[T]) -> bool {
    let sorted = |items: &[T]| {
        let mut items = items.to_vec();
        items.sort_unstable();
        items
    };
    was == is || sorted(was) == sorted(is)
}

/// An instant in minutes; Kintone drops the seconds.
pub(super) fn minute(text: &str) -> Option<i64> {
    let instant: Timestamp = text.parse().ok()?;
    Some(instant.as_second().div_euclid(60))
}

/// Hour and minute.
pub(super) fn clock(text: &str) -> Option<(u8, u8)> {
    let mut parts = text.split(':');
    let hour = parts.next()?.parse().ok()?;
    let minute = parts.next()?.parse().ok()?;
    Some((hour, minute))
}

pub(super) fn words(value: &Value<'_>) -> String {
    match value {
        Value::Null => "(empty)".to_owned(),
        Value::Text(text) if text.is_empty() => "(empty)".to_owned(),
        Value::Text(text) => text.to_string(),
        Value::Texts(texts) => texts.join(", "),
        Value::User(user) => user.code.to_string(),
        Value::Users(users) => joined(users.iter().map(|user| user.code.to_string())),
        Value::Files(files) => joined(files.iter().map(|file| match file.size {
            UNKNOWN_SIZE => file.name.to_string(),
            size => format!("{} ({size} bytes)", file.name),
        })),
        Value::Table(rows) => format!("{} rows", rows.len()),
        Value::Other(json) => json.get().to_owned(),
    }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

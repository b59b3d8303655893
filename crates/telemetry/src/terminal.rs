//! Lines for a person: `03:00:00 INFO run ended records=4`.

use std::fmt::Write as _;

use serde_json::Value;

use crate::layer::Line;

pub(crate) fn format(line: &Line) -> String {
    let mut text = format!(
        "{} {:<5} {}",
        line.time.strftime("%H:%M:%SZ"),
        line.metadata.level().as_str(),
        printable(&line.message)
    );
    for (name, value) in &line.fields.0 {
        // The message ends with the error already.
        if *name != "error" {
            write!(text, " {name}={}", plain(value))
                .unwrap_or_else(|_| unreachable!("a String takes all writes"));
        }
    }
    text
}

/// Without quotes where a value is one plain word.
fn plain(value: &Value) -> String {
    let ambiguous = |c: char| c.is_whitespace() || c == '"' || c == '=';
    match value {
        Value::String(word) if !word.is_empty() && !word.contains(ambiguous) => printable(word),
        other => printable(&other.to_string()),
    }
}

/// Control characters, which could move the cursor or fake a line, become escapes.
fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
            printable.extend(c.escape_default());
        } else {
            printable.push(c);
        }
    }
    printable
}

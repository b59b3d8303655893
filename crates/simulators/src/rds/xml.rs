//! Answers of the query protocol.

use jiff::Timestamp;

use crate::exchange::Answer;

/// An element around `content`, which is XML already.
pub(crate) fn element(name: &str, content: &str) -> String {
    format!("<{name}>{content}</{name}>")
}

/// An element around a text.
pub(crate) fn text(name: &str, text: &str) -> String {
    element(name, &escape(text))
}

/// An element around a text, or nothing at all.
pub(crate) fn maybe(name: &str, value: Option<&str>) -> String {
    value.map_or_else(String::new, |value| text(name, value))
}

/// An element around an instant, or nothing at all.
pub(crate) fn instant(name: &str, value: Option<Timestamp>) -> String {
    let value = value.map(|value| value.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string());
    maybe(name, value.as_deref())
}

/// The whole answer, of the namespace that clients expect.
pub(crate) fn answer(status: u16, request: &str, name: &str, content: &str) -> Answer {
    let namespace = "http://rds.amazonaws.com/doc/2014-10-31/";
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <{name} xmlns=\"{namespace}\">{content}</{name}>"
    );
    Answer::new(status, "text/xml", body).with_header("x-amzn-RequestId", request)
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

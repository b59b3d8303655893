//! Attachments: uploaded ones with a key for one use, attached ones with a key to download by.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::error::{Refusal, words};
use crate::exchange::{Answer, Request};

/// How long an upload waits to be attached.
const UPLOAD_LIFETIME: Duration = Duration::from_hours(3 * 24);

/// A file's content and what is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Blob {
    name: String,
    content_type: String,
    content: Bytes,
}

/// All files of a domain.
#[derive(Debug, Default)]
pub(crate) struct Files {
    attached: HashMap<String, Blob>,
    uploaded: HashMap<String, (Blob, Timestamp)>,
    /// The uploads that the request under way attaches.
    claimed: Vec<String>,
    last: u64,
}

impl Files {
    fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// The content behind a key of a record.
    pub(crate) fn content(&self, key: &str) -> Option<Bytes> {
        self.attached.get(key).map(|blob| blob.content.clone())
    }

    /// Attaches `{name, contentType, content}` without an upload; one that has a key stays as it is.
    pub(crate) fn plant(&mut self, item: &Value) -> Value {
        if item.get("fileKey").is_some() {
            return item.clone();
        }
        let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
        self.attach(Blob {
            name: text("name"),
            content_type: item["contentType"]
                .as_str()
                .unwrap_or("text/plain")
                .to_owned(),
            content: text("content").into(),
        })
    }

    fn attach(&mut self, blob: Blob) -> Value {
        let key = format!("20240101000000{:032X}", self.next());
        let value = json!({
            "fileKey": key,
            "name": blob.name,
            "contentType": blob.content_type,
            "size": blob.content.len().to_string(),
        });
        self.attached.insert(key, blob);
        value
    }

    /// The value for a file that a caller names by `key`: an upload becomes an attachment with a
    /// new key; the key of an attachment is good only where the record has it already.
    pub(crate) fn claim(&mut self, key: &str, kept: &Value, now: Timestamp) -> Option<Value> {
        let mut kept = kept.as_array().into_iter().flatten();
        if let Some(item) = kept.find(|item| item["fileKey"] == key) {
            return Some(item.clone());
        }
        let (blob, expires) = self.uploaded.get(key)?.clone();
        if now >= expires || self.claimed.iter().any(|claimed| claimed == key) {
            return None;
        }
        self.claimed.push(key.to_owned());
        Some(self.attach(blob))
    }

    /// The request under way happened: what it attached is used up.
    pub(crate) fn commit(&mut self) {
        for key in self.claimed.drain(..) {
            self.uploaded.remove(&key);
        }
    }

    /// The request under way did not happen: its uploads can still be attached.
    pub(crate) fn roll_back(&mut self) {
        self.claimed.clear();
    }

    /// How many uploads wait to be attached.
    pub(crate) fn waiting(&self) -> usize {
        self.uploaded.len()
    }

    /// Takes an upload: one file, in the form field `file`.
    pub(crate) fn upload(&mut self, request: &Request, now: Timestamp) -> Result<Value, Refusal> {
        let missing = || Refusal::invalid("file", words("必須です。", "Required field."));
        let blob = part(request).ok_or_else(missing)?;
        let key = format!(
            "{:08x}-0000-4000-8000-{:012x}",
            self.next(),
            blob.content.len()
        );
        self.uploaded
            .insert(key.clone(), (blob, now + UPLOAD_LIFETIME));
        Ok(json!({ "fileKey": key }))
    }

    pub(crate) fn download(&self, key: &str) -> Result<Answer, Refusal> {
        let blob = self.attached.get(key).ok_or(Refusal::new("GAIA_BL01"))?;
        let name = url::form_urlencoded::byte_serialize(blob.name.as_bytes()).collect::<String>();
        let disposition = format!("attachment; filename*=UTF-8''{}", name.replace('+', "%20"));
        Ok(Answer::new(200, &blob.content_type, blob.content.clone())
            .with_header("content-disposition", disposition))
    }
}

/// The part named `file` of a multipart body.
fn part(request: &Request) -> Option<Blob> {
    let (_, boundary) = request.header("content-type").split_once("boundary=")?;
    let boundary = boundary.split(';').next()?.trim().trim_matches('"');
    let delimiter = format!("\r\n--{boundary}");
    let opening = request.body.strip_prefix(&delimiter.as_bytes()[2..])?;
    let mut rest = request.body.slice_ref(opening);
    while let Some(end) = find(&rest, delimiter.as_bytes()) {
        let part = rest.slice(..end);
        rest = rest.slice(end + delimiter.len()..);
        let head_end = find(&part, b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&part[..head_end]).into_owned();
        if parameter(&head, "name").as_deref() == Some("file") {
            let content_type = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-type")
                    .then(|| value.trim().to_owned())
            });
            return Some(Blob {
                name: parameter(&head, "filename")?,
                content_type: content_type.unwrap_or("application/octet-stream".to_owned()),
                content: part.slice(head_end + 4..),
            });
        }
    }
    None
}

/// A parameter of a part's `Content-Disposition`. Browsers and clients write `%22` for a quote.
fn parameter(head: &str, name: &str) -> Option<String> {
    let (_, value) = head.split_once(&format!("; {name}=\""))?;
    let (value, _) = value.split_once('"')?;
    Some(value.replace("%22", "\""))
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    while let Some(at) = text[from..].iter().position(|byte| *byte == first) {
        if text[from + at..].starts_with(wanted) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

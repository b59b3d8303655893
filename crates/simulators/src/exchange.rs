//! What goes over the wire: a request as it came, and the answer to it.

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::Value;

/// The content type of a service's own answers.
pub(crate) const JSON: &str = "application/json;charset=utf-8";

/// The content type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// A request with its whole body.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Request {
    /// The header's value, or an empty string.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The parameters of the address, decoded, in order.
    pub(crate) fn parameters(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(self.query.as_bytes())
            .into_owned()
            .collect()
    }

    /// The fields of a form in the body, decoded, in order; none when the body is something else.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        if !self.header("content-type").starts_with(FORM) {
            return Vec::new();
        }
        url::form_urlencoded::parse(&self.body)
            .into_owned()
            .collect()
    }

    /// The AWS action that is asked for, or an empty string.
    ///
    /// Requests in JSON name it in `x-amz-target` after the service's version, the query protocol
    /// in the parameter `Action`.
    pub(crate) fn action(&self) -> String {
        if let Some((_, action)) = self.header("x-amz-target").rsplit_once('.') {
            return action.to_owned();
        }
        let mut fields = self.form().into_iter().chain(self.parameters());
        let action = fields.find(|(name, _)| name == "Action");
        action.map(|(_, action)| action).unwrap_or_default()
    }
}

/// A request that a simulator saw, without its body and its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The connection it came on, counted from 1: two requests with one number were kept alive.
    pub connection: u64,
    /// The method, such as `GET`.
    pub method: String,
    /// The path, such as `/k/v1/records.json`.
    pub path: String,
    /// The AWS action, such as `StartExportTask`; empty where the service has none.
    pub action: String,
    /// The parameters of the address, decoded, in order.
    pub parameters: Vec<(String, String)>,
    /// The size of the body in bytes.
    pub body_bytes: usize,
}

impl Seen {
    /// The first parameter of that name.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let mut named = self.parameters.iter().filter(|(key, _)| key == name);
        named.next().map(|(_, value)| value.as_str())
    }
}

/// An answer: status, headers and body.
#[derive(Clone, Debug)]
pub struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Answer {
    /// An answer of any content type.
    pub fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self {
            status,
            headers,
            body: body.into(),
        }
    }

    /// A JSON answer.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status, JSON, body.to_string())
    }

    /// Sets a header, in place of one of the same name.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers
            .retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn is_json(&self) -> bool {
        self.headers.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("content-type") && value.starts_with("application/json")
        })
    }
}

//! One call: what is asked, where, and how long it may take.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use serde_json::{Map, Value};
use url::Url;

use crate::limits;

/// A request that can be sent again and again.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// What is asked, for messages: `records of app 12 after $id 4500`.
    pub(crate) what: String,
    pub(crate) method: Method,
    /// The path under the API's root, such as `records.json`.
    pub(crate) path: &'static str,
    pub(crate) parameters: Vec<(&'static str, Parameter)>,
    /// The time that the whole answer may take, where it is not the usual one.
    pub(crate) timeout: Option<Duration>,
    /// The JSON that goes in place of the parameters.
    pub(crate) content: Option<Bytes>,
    pub(crate) repetition: Repetition,
}

/// When a call may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repetition {
    /// Asking again gives the same.
    Free,
    /// A cursor's page: given once, so a lost one can't be had again.
    PageOfCursor,
    /// A write: only after an answer that proves that nothing was written.
    Write,
}

/// A parameter of an address or a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Parameter {
    Text(String),
    Texts(Vec<String>),
    Number(u64),
    True,
}

/// How a call goes over the wire.
#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) body: Option<Bytes>,
    /// Whether it is a GET in the guise of a POST.
    pub(crate) overrides_method: bool,
}

impl Call {
    pub(crate) fn get(what: String, path: &'static str) -> Self {
        Self::new(Method::GET, what, path)
    }

    pub(crate) fn new(method: Method, what: String, path: &'static str) -> Self {
        Self {
            what,
            method,
            path,
            parameters: Vec::new(),
            timeout: None,
            content: None,
            repetition: Repetition::Free,
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Parameter>) -> Self {
        self.parameters.push((name, value.into()));
        self
    }

    /// The text of the parameter `name`, or an empty one.
    pub(crate) fn text(&self, name: &str) -> &str {
        let found = self.parameters.iter().find(|(other, _)| *other == name);
        match found {
            Some((_, Parameter::Text(text))) => text,
            _ => "",
        }
    }

    /// A GET has its parameters in the address, unless that becomes too long; all else in a body.
    pub(crate) fn wire(&self, root: &Url) -> Wire {
        let url = self.url(root);
        let fits = url.as_str().len() <= limits::ADDRESS_CHARACTERS && !self.has_many_fields();
        if self.method == Method::GET && fits {
            return Wire {
                method: Method::GET,
                url,
                body: None,
                overrides_method: false,
            };
        }
        let overrides_method = self.method == Method::GET;
        let method = if overrides_method {
            Method::POST
        } else {
            self.method.clone()
        };
        Wire {
            method,
            url: self.place(root),
            body: Some(match &self.content {
                Some(content) => content.clone(),
                None => Value::Object(self.body()).to_string().into(),
            }),
            overrides_method,
        }
    }

    fn has_many_fields(&self) -> bool {
        let mut parameters = self.parameters.iter();
        parameters.any(|(_, parameter)| match parameter {
            Parameter::Texts(texts) => texts.len() > limits::ADDRESS_FIELDS,
            _ => false,
        })
    }

    fn place(&self, root: &Url) -> Url {
        let mut url = root.clone();
        url.set_path(&format!("{}{}", root.path(), self.path));
        url
    }

    fn url(&self, root: &Url) -> Url {
        let mut url = self.place(root);
        let mut query = url.query_pairs_mut();
        for (name, parameter) in &self.parameters {
            match parameter {
                Parameter::Text(text) => {
                    query.append_pair(name, text);
                }
                Parameter::Number(number) => {
                    query.append_pair(name, &number.to_string());
                }
                Parameter::True => {
                    query.append_pair(name, "true");
                }
                Parameter::Texts(texts) => {
                    for (index, text) in texts.iter().enumerate() {
                        query.append_pair(&format!("{name}[{index}]"), text);
                    }
                }
            }
        }
        drop(query);
        url
    }

    fn body(&self) -> Map<String, Value> {
        let pairs = self.parameters.iter();
        pairs
            .map(|(name, parameter)| ((*name).to_owned(), parameter.to_json()))
            .collect()
    }
}

impl Parameter {
    fn to_json(&self) -> Value {
        match self {
            Self::Text(text) => Value::from(text.as_str()),
            Self::Texts(texts) => Value::from(texts.as_slice()),
            Self::Number(number) => Value::from(*number),
            Self::True => Value::Bool(true),
        }
    }
}

impl From<String> for Parameter {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Parameter {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<u64> for Parameter {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<Vec<String>> for Parameter {
    fn from(texts: Vec<String>) -> Self {
        Self::Texts(texts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> Url {
        Url::parse("https://example.cybozu.com/k/v1/").unwrap()
    }

    fn call(query: &str, fields: usize) -> Call {
        Call::get("records".to_owned(), "records.json")
            .with("app", 12)
            .with("query", query)
            .with("fields", vec!["$id".to_owned(); fields])
            .with("totalCount", Parameter::True)
    }

    #[test]
    fn a_short_call_has_its_parameters_in_the_address() {
        let wire = call("a = \"1+1&2\"", 2).wire(&root());
        assert_eq!((wire.method, wire.body), (Method::GET, None));
        let pairs: Vec<_> = wire.url.query_pairs().into_owned().collect();
        let expected = [
            ("app", "12"),
            ("query", "a = \"1+1&2\""),
            ("fields[0]", "$id"),
            ("fields[1]", "$id"),
            ("totalCount", "true"),
        ];
        assert_eq!(
            pairs,
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }

    #[test]
    fn a_long_call_has_them_in_a_body() {
        for call in [call(&"あ".repeat(450), 1), call("", 101)] {
            let wire = call.wire(&root());
            assert!(wire.overrides_method && wire.method == Method::POST);
            assert_eq!(
                wire.url.as_str(),
                "https://example.cybozu.com/k/v1/records.json"
            );
            let body: Value = serde_json::from_slice(&wire.body.unwrap()).unwrap();
            assert_eq!(
                (&body["app"], &body["totalCount"]),
                (&12.into(), &true.into())
            );
            assert_eq!(body["query"], call.text("query"));
        }
    }

    #[test]
    fn only_a_get_is_overridden() {
        let wire = Call::new(Method::DELETE, "cursor".to_owned(), "records/cursor.json")
            .with("id", "x")
            .wire(&root());
        assert_eq!(
            (wire.method, wire.overrides_method),
            (Method::DELETE, false)
        );
        assert_eq!(wire.body.unwrap().as_ref(), br#"{"id":"x"}"#);
    }
}

//! The parameters of a request, whether they came in the address or as JSON.

use http::Method;
use serde_json::{Map, Value};

use super::error::{Refusal, words};
use crate::exchange::Request;

/// How long a list in an address may be.
const MOST_LISTED: usize = 100;

/// Parameters by name, in JSON's shapes.
#[derive(Debug, Default)]
pub(crate) struct Parameters(Map<String, Value>);

impl From<&Value> for Parameters {
    fn from(value: &Value) -> Self {
        Self(value.as_object().cloned().unwrap_or_default())
    }
}

impl Parameters {
    /// Reads address and body. `fields[0]=a&fields[1]=b` becomes the list `fields`.
    pub(crate) fn of(request: &Request) -> Result<Self, Refusal> {
        let mut parameters = Map::new();
        for (name, value) in request.parameters() {
            match name.split_once('[') {
                Some((name, _)) => match parameters.entry(name).or_insert(Value::Array(Vec::new()))
                {
                    Value::Array(list) => list.push(Value::String(value)),
                    other => *other = Value::String(value),
                },
                None => drop(parameters.insert(name, Value::String(value))),
            }
        }
        let too_long = |value: &Value| {
            value
                .as_array()
                .is_some_and(|list| list.len() > MOST_LISTED)
        };
        if parameters.values().any(too_long) {
            let words = words("100個までです。", "At most 100 items are allowed.");
            return Err(Refusal::invalid("fields", words));
        }
        if !request.body.is_empty() {
            let body = serde_json::from_slice::<Map<String, Value>>(&request.body);
            parameters.extend(body.map_err(|_| Refusal::new("CB_IJ01"))?);
        }
        Ok(Self(parameters))
    }

    pub(crate) fn get(&self, name: &str) -> &Value {
        self.0.get(name).unwrap_or(&Value::Null)
    }

    /// A number, which may come as a string.
    pub(crate) fn number(&self, name: &str) -> Result<Option<u64>, Refusal> {
        let invalid = || {
            Refusal::invalid(
                name,
                words("整数で指定してください。", "Enter an integer value."),
            )
        };
        match self.get(name) {
            Value::Null => Ok(None),
            Value::Number(number) => number.as_u64().map(Some).ok_or_else(invalid),
            Value::String(text) => text.parse().map(Some).map_err(|_| invalid()),
            _ => Err(invalid()),
        }
    }

    /// A number that must be there.
    pub(crate) fn required(&self, name: &str) -> Result<u64, Refusal> {
        self.number(name)?
            .ok_or_else(|| Refusal::invalid(name, words("必須です。", "Required field.")))
    }

    pub(crate) fn text(&self, name: &str) -> Result<String, Refusal> {
        match self.get(name) {
            Value::String(text) => Ok(text.clone()),
            _ => Err(Refusal::invalid(
                name,
                words("必須です。", "Required field."),
            )),
        }
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        matches!(self.get(name), Value::Bool(true)) || self.get(name) == "true"
    }

    /// A list of strings; a single one counts as a list of it.
    pub(crate) fn texts(&self, name: &str) -> Option<Vec<String>> {
        match self.get(name) {
            Value::String(text) => Some(vec![text.clone()]),
            Value::Array(list) => Some(
                list.iter()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect(),
            ),
            _ => None,
        }
    }

    /// A list whose length must be 1 to `most`.
    pub(crate) fn list(&self, name: &str, most: usize) -> Result<&[Value], Refusal> {
        let list = self
            .get(name)
            .as_array()
            .filter(|list| (1..=most).contains(&list.len()));
        list.map(Vec::as_slice).ok_or_else(|| {
            let ja = format!("1～{most}個で指定してください。");
            Refusal::invalid(name, words(ja, format!("Specify 1 to {most} items.")))
        })
    }
}

/// The method that is meant: a long query comes as a POST that says it is a GET.
pub(crate) fn method(request: &Request) -> Method {
    let named = request.header("x-http-method-override");
    Method::from_bytes(named.as_bytes()).unwrap_or_else(|_| request.method.clone())
}

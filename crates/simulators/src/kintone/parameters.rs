//! The parameters of a request, whether they came in the address or as JSON.

use std::borrow::Cow;
use std::collections::BTreeMap;

use http::Method;

use super::error::{Refusal, words};
use super::given::Given;
use crate::exchange::Request;

/// How long a list in an address may be.
const MOST_LISTED: usize = 100;

/// Parameters by name, in JSON's shapes.
#[derive(Debug)]
pub(crate) struct Parameters<'a>(Cow<'a, Given<'a>>);

impl<'a> From<&'a Given<'_>> for Parameters<'a> {
    fn from(given: &'a Given<'_>) -> Self {
        Self(Cow::Borrowed(given))
    }
}

impl<'a> Parameters<'a> {
    /// Reads address and body. `fields[0]=a&fields[1]=b` becomes the list `fields`.
    pub(crate) fn of(request: &'a Request) -> Result<Self, Refusal> {
        let mut parameters = of_address(request)?;
        if !request.body.is_empty() {
            match serde_json::from_slice(&request.body) {
                Ok(Given::Object(members)) => parameters.extend(members),
                _ => return Err(Refusal::new("CB_IJ01")),
            }
        }
        Ok(Self(Cow::Owned(Given::Object(parameters))))
    }

    pub(crate) fn get(&self, name: &str) -> &Given<'_> {
        &self.0[name]
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
            Given::Null => Ok(None),
            Given::Number(number) => number.as_u64().map(Some).ok_or_else(invalid),
            Given::Text(text) => text.parse().map(Some).map_err(|_| invalid()),
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
            Given::Text(text) => Ok(text.clone().into_owned()),
            _ => Err(Refusal::invalid(
                name,
                words("必須です。", "Required field."),
            )),
        }
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        match self.get(name) {
            Given::Bool(flag) => *flag,
            given => given.as_str() == Some("true"),
        }
    }

    /// A list of strings; a single one counts as a list of it.
    pub(crate) fn texts(&self, name: &str) -> Option<Vec<String>> {
        match self.get(name) {
            Given::Text(text) => Some(vec![text.clone().into_owned()]),
            Given::List(list) => Some(
                list.iter()
                    .filter_map(Given::as_str)
                    .map(str::to_owned)
                    .collect(),
            ),
            _ => None,
        }
    }

    /// A list whose length must be 1 to `most`.
    pub(crate) fn list(&self, name: &str, most: usize) -> Result<&[Given<'_>], Refusal> {
        let list = self
            .get(name)
            .as_array()
            .filter(|list| (1..=most).contains(&list.len()));
        list.ok_or_else(|| {
            let ja = format!("1～{most}個で指定してください。");
            Refusal::invalid(name, words(ja, format!("Specify 1 to {most} items.")))
        })
    }
}

fn of_address(request: &Request) -> Result<Vec<(Cow<'static, str>, Given<'static>)>, Refusal> {
    let mut parameters = BTreeMap::new();
    for (name, value) in request.parameters() {
        let value = Given::Text(value.into());
        match name.split_once('[') {
            Some((name, _)) => match parameters
                .entry(name.to_owned())
                .or_insert(Given::List(Vec::new()))
            {
                Given::List(list) => list.push(value),
                other => *other = value,
            },
            None => drop(parameters.insert(name, value)),
        }
    }
    let too_long = |given: &Given<'_>| {
        given
            .as_array()
            .is_some_and(|list| list.len() > MOST_LISTED)
    };
    if parameters.values().any(too_long) {
        let words = words("100個までです。", "At most 100 items are allowed.");
        return Err(Refusal::invalid("fields", words));
    }
    let parameters = parameters.into_iter();
    Ok(parameters
        .map(|(name, given)| (name.into(), given))
        .collect())
}

/// The method that is meant: a long query comes as a POST that says it is a GET.
pub(crate) fn method(request: &Request) -> Method {
    let named = request.header("x-http-method-override");
    Method::from_bytes(named.as_bytes()).unwrap_or_else(|_| request.method.clone())
}

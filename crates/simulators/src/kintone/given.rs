//! JSON as a caller sent it, borrowed from the body of its request.

use std::borrow::Cow;
use std::fmt;
use std::ops::Index;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

/// A value that was given. A bulk of writes holds tens of thousands of small objects, for each of which a [`Value`]
/// would make a hash table, and a copy of every text.
#[derive(Clone, Debug)]
pub(crate) enum Given<'a> {
    Null,
    Bool(bool),
    Number(Number),
    Text(Cow<'a, str>),
    List(Vec<Given<'a>>),
    /// Of members with one name the last counts.
    Object(Vec<(Cow<'a, str>, Given<'a>)>),
}

impl<'a> Given<'a> {
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else {
            return None;
        };
        let found = members.iter().rev().find(|(other, _)| other == name);
        found.map(|(_, value)| value)
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Number(number) => number.as_u64(),
            _ => None,
        }
    }

    pub(crate) fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The same with this member, where it is an object.
    pub(crate) fn with(mut self, name: &'a str, value: Self) -> Self {
        if let Self::Object(members) = &mut self {
            members.push((Cow::Borrowed(name), value));
        }
        self
    }

    pub(crate) fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(flag) => Value::Bool(*flag),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) => Value::from(text.as_ref()),
            Self::List(items) => items.iter().map(Self::to_value).collect(),
            Self::Object(members) => members
                .iter()
                .map(|(name, value)| (name.as_ref(), value.to_value()))
                .collect(),
        }
    }
}

/// The member of that name; null where there is none.
impl<'a> Index<&str> for Given<'a> {
    type Output = Given<'a>;

    fn index(&self, name: &str) -> &Self {
        self.get(name).unwrap_or(&Given::Null)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Given<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Given<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Given::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Given::Bool(flag))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Given::Number(number.into()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Given::Number(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Number::from_f64(number).map_or(Given::Null, Given::Number))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Given::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Given::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Given::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        // Most objects hold one member: `{"value": …}`.
        let mut object = Vec::with_capacity(1);
        while let Some((Name(name), value)) = members.next_entry()? {
            object.push((name, value));
        }
        Ok(Given::Object(object))
    }
}

/// The name of a member.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_str(Reader)? {
            Given::Text(name) => Ok(Self(name)),
            _ => Err(D::Error::custom("a name is a text")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_borrowed_means_the_same_as_what_is_copied() {
        let texts = [
            r#"{"a": {"value": "x"}, "b": [1, -2, 0.5, 1e3, true, false, null], "c": {}, "d": []}"#,
            r#"{"escaped \"name\"": "a\nb\u3042", "名前": "山田"}"#,
            r#"{"twice": 1, "other": 2, "twice": 3}"#,
        ];
        for text in texts {
            let (given, value) = (
                serde_json::from_str::<Given<'_>>(text),
                text.parse::<Value>(),
            );
            let (given, value) = (given.unwrap(), value.unwrap());
            assert_eq!(given.to_value(), value, "{text}");
            for (name, member) in value.as_object().unwrap() {
                assert_eq!(given[name].to_value(), *member, "{name} of {text}");
            }
        }
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in [
            r#"{"a": }"#,
            r#"{"a": 1} b"#,
            "{a: 1}",
            r#"{"a": "\ud800"}"#,
            "",
        ] {
            assert!(serde_json::from_str::<Given<'_>>(text).is_err(), "{text}");
        }
    }
}

//! Texts and numbers.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Unexpected, Visitor};

/// Text that is borrowed unless it holds an escape.
pub(crate) struct Text;
seed!(Text, deserialize_str, Cow<'de, str>);

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// A whole number, which the service writes as text.
pub(crate) struct Number;
seed!(Number, deserialize_any, u64);

impl Visitor<'_> for Number {
    type Value = u64;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a whole number as text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<u64, E> {
        text.parse()
            .map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<u64, E> {
        Ok(number)
    }
}

/// `{"type": "__ID__", "value": "12"}` as its number.
pub(crate) struct NumberField;
seed!(NumberField, deserialize_map, u64);

impl<'de> Visitor<'de> for NumberField {
    type Value = u64;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a field whose `value` is a whole number")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<u64, M::Error> {
        let mut number = None;
        while let Some(key) = map.next_key_seed(Text)? {
            match key.as_ref() {
                "value" => number = Some(map.next_value_seed(Number)?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        number.ok_or_else(|| M::Error::missing_field("value"))
    }
}

//! Typed values: `{"S": "text"}`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::trace::Trace;
use crate::{AttributeFault, AttributeValue};

/// Reads attributes by name.
#[derive(Clone, Copy)]
pub(super) struct Attributes<'trace>(pub(super) &'trace Trace);

/// Reads one typed value.
#[derive(Clone, Copy)]
struct Value<'trace>(&'trace Trace);

/// Reads the values of a list.
#[derive(Clone, Copy)]
struct List<'trace>(&'trace Trace);

/// The types' names in the JSON are these in upper case.
#[derive(Clone, Copy)]
enum Type {
    S,
    N,
    B,
    Ss,
    Ns,
    Bs,
    M,
    L,
    Null,
    Bool,
}

impl<'de> DeserializeSeed<'de> for Attributes<'_> {
    type Value = BTreeMap<String, AttributeValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Attributes<'_> {
    type Value = BTreeMap<String, AttributeValue>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("attributes by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut attributes = BTreeMap::new();
        while let Some(name) = map.next_key::<String>()? {
            let value = self.0.at_name(&name, map.next_value_seed(Value(self.0)))?;
            if attributes.insert(name, value).is_some() {
                return Err(self.0.fault(AttributeFault::Twice));
            }
        }
        Ok(attributes)
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = AttributeValue;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = AttributeValue;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value by its type")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Some(kind) = map.next_key_seed(TypeName(self.0))? else {
            return Err(self.0.fault(AttributeFault::Shape));
        };
        let value = self.value(kind, &mut map)?;
        match map.next_key::<IgnoredAny>()? {
            None => Ok(value),
            Some(_) => Err(self.0.fault(AttributeFault::Shape)),
        }
    }
}

impl Value<'_> {
    fn value<'de, A: MapAccess<'de>>(
        self,
        kind: Type,
        map: &mut A,
    ) -> Result<AttributeValue, A::Error> {
        Ok(match kind {
            Type::S => AttributeValue::S(map.next_value()?),
            Type::N => AttributeValue::N(self.number(map.next_value()?)?),
            Type::B => AttributeValue::B(self.binary(map.next_value()?)?),
            Type::Ss => AttributeValue::Ss(self.set(map.next_value()?, |_, text| Ok(text))?),
            Type::Ns => AttributeValue::Ns(self.set(map.next_value()?, Self::number)?),
            Type::Bs => AttributeValue::Bs(self.set(map.next_value()?, Self::binary)?),
            Type::M => AttributeValue::M(map.next_value_seed(Attributes(self.0))?),
            Type::L => AttributeValue::L(map.next_value_seed(List(self.0))?),
            Type::Null if map.next_value()? => AttributeValue::Null,
            Type::Null => return Err(self.0.fault(AttributeFault::Shape)),
            Type::Bool => AttributeValue::Bool(map.next_value()?),
        })
    }

    fn number<E: Error>(self, text: String) -> Result<String, E> {
        if is_number(&text) {
            Ok(text)
        } else {
            Err(self.0.fault(AttributeFault::Number))
        }
    }

    fn binary<E: Error>(self, text: String) -> Result<Vec<u8>, E> {
        STANDARD
            .decode(text)
            .map_err(|_| self.0.fault(AttributeFault::Base64))
    }

    fn set<T: Ord, E: Error>(
        self,
        texts: Vec<String>,
        element: fn(Self, String) -> Result<T, E>,
    ) -> Result<BTreeSet<T>, E> {
        let mut set = BTreeSet::new();
        for (index, text) in texts.into_iter().enumerate() {
            let value = self.0.at_index(index, element(self, text))?;
            if !set.insert(value) {
                return Err(self.0.fault(AttributeFault::Twice));
            }
        }
        Ok(set)
    }
}

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = Vec<AttributeValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = Vec<AttributeValue>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of values by their types")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = self
            .0
            .at_index(values.len(), list.next_element_seed(Value(self.0)))?
        {
            values.push(value);
        }
        Ok(values)
    }
}

/// Reads a type's name; any other is a fault.
struct TypeName<'trace>(&'trace Trace);

impl<'de> DeserializeSeed<'de> for TypeName<'_> {
    type Value = Type;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Type, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for TypeName<'_> {
    type Value = Type;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a type's name")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Type, E> {
        Ok(match name {
            "S" => Type::S,
            "N" => Type::N,
            "B" => Type::B,
            "SS" => Type::Ss,
            "NS" => Type::Ns,
            "BS" => Type::Bs,
            "M" => Type::M,
            "L" => Type::L,
            "NULL" => Type::Null,
            "BOOL" => Type::Bool,
            _ => return Err(self.0.fault(AttributeFault::Type)),
        })
    }
}

/// Whether `text` is a decimal number, with or without fraction and exponent.
fn is_number(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = unsigned(mantissa)
        .split_once('.')
        .unwrap_or((unsigned(mantissa), "0"));
    is_digits(whole)
        && is_digits(fraction)
        && exponent.is_none_or(|exponent| is_digits(unsigned(exponent)))
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

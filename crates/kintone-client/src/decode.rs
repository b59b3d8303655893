//! JSON into records without copying: a value is decoded by its sibling `type`, in either order.
//!
//! Serde's derives copy every `Cow` inside a `Vec` or an enum, and tagged enums gather the whole
//! value first, so these visitors are written out.

use std::borrow::Cow;
use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde_json::value::RawValue;

use crate::field::{FieldType, Shape};
use crate::record::{FieldValue, Fields, File, Record, Row, User, Value};

/// Reads the record `text`; `capacity` is how many fields to expect.
pub(crate) fn record(text: &str, capacity: usize) -> Result<Record<'_>, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(text);
    let record = json.deserialize_map(RecordVisitor { capacity })?;
    json.end()?;
    Ok(record)
}

/// A seed that is nothing but its visitor.
macro_rules! seed {
    ($visitor:ident, $method:ident, $value:ty) => {
        impl<'de> DeserializeSeed<'de> for $visitor {
            type Value = $value;
            fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<$value, D::Error> {
                json.$method(self)
            }
        }
    };
}

mod scalar;

pub(crate) use self::scalar::{Number, NumberField, Text};

struct RecordVisitor {
    capacity: usize,
}

impl<'de> Visitor<'de> for RecordVisitor {
    type Value = Record<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a record")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Record<'de>, M::Error> {
        let (mut id, mut revision) = (None, None);
        let mut fields = Vec::with_capacity(self.capacity);
        while let Some(code) = map.next_key_seed(Text)? {
            match code.as_ref() {
                "$id" => id = Some(map.next_value_seed(NumberField)?),
                "$revision" => revision = Some(map.next_value_seed(NumberField)?),
                _ => fields.push((code, map.next_value_seed(FieldVisitor)?)),
            }
        }
        Ok(Record {
            id: id.ok_or_else(|| M::Error::missing_field("$id"))?,
            revision: revision.ok_or_else(|| M::Error::missing_field("$revision"))?,
            fields: Fields(fields),
        })
    }
}

struct FieldsVisitor;
seed!(FieldsVisitor, deserialize_map, Fields<'de>);

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("fields by their codes")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Fields<'de>, M::Error> {
        let mut fields = Vec::new();
        while let Some(code) = map.next_key_seed(Text)? {
            fields.push((code, map.next_value_seed(FieldVisitor)?));
        }
        Ok(Fields(fields))
    }
}

struct FieldVisitor;
seed!(FieldVisitor, deserialize_map, FieldValue<'de>);

impl<'de> Visitor<'de> for FieldVisitor {
    type Value = FieldValue<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a field with its `type` and `value`")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<FieldValue<'de>, M::Error> {
        let mut kind: Option<FieldType> = None;
        let mut value = None;
        let mut before_kind: Option<&'de RawValue> = None;
        while let Some(key) = map.next_key_seed(Text)? {
            match (key.as_ref(), &kind) {
                ("type", _) => kind = Some(FieldType::from_name(&map.next_value_seed(Text)?)),
                ("value", Some(kind)) => value = Some(map.next_value_seed(kind.shape())?),
                ("value", None) => before_kind = Some(map.next_value()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let kind = kind.ok_or_else(|| M::Error::missing_field("type"))?;
        if let Some(raw) = before_kind {
            let mut json = serde_json::Deserializer::from_str(raw.get());
            value = Some(
                kind.shape()
                    .deserialize(&mut json)
                    .map_err(M::Error::custom)?,
            );
        }
        let value = value.ok_or_else(|| M::Error::missing_field("value"))?;
        Ok(FieldValue { kind, value })
    }
}

impl<'de> DeserializeSeed<'de> for Shape {
    type Value = Value<'de>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Value<'de>, D::Error> {
        match self {
            Self::Unknown => serde::Deserialize::deserialize(json).map(Value::Other),
            _ => json.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Shape {
    type Value = Value<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Text => "text or null",
            Self::Texts => "a list of texts",
            Self::User => "a user or null",
            Self::Users => "a list of users",
            Self::Files => "a list of files",
            Self::Table => "a list of rows",
            Self::Unknown => "any JSON",
        })
    }

    fn visit_unit<E: Error>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Value<'de>, E> {
        match self {
            Self::Text => Ok(Value::Text(Cow::Borrowed(text))),
            _ => Err(E::invalid_type(Unexpected::Str(text), &self)),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value<'de>, E> {
        match self {
            Self::Text => Ok(Value::Text(Cow::Owned(text.to_owned()))),
            _ => Err(E::invalid_type(Unexpected::Str(text), &self)),
        }
    }

    fn visit_seq<S: SeqAccess<'de>>(self, list: S) -> Result<Value<'de>, S::Error> {
        match self {
            Self::Texts => gather(list, || Text).map(Value::Texts),
            Self::Users => gather(list, || UserVisitor).map(Value::Users),
            Self::Files => gather(list, || FileVisitor).map(Value::Files),
            Self::Table => gather(list, || RowVisitor).map(Value::Table),
            _ => Err(S::Error::invalid_type(Unexpected::Seq, &self)),
        }
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Value<'de>, M::Error> {
        match self {
            Self::User => UserVisitor.visit_map(map).map(Value::User),
            _ => Err(M::Error::invalid_type(Unexpected::Map, &self)),
        }
    }
}

fn gather<'de, S: SeqAccess<'de>, Seed: DeserializeSeed<'de>>(
    mut list: S,
    seed: impl Fn() -> Seed,
) -> Result<Vec<Seed::Value>, S::Error> {
    let mut items = Vec::new();
    while let Some(item) = list.next_element_seed(seed())? {
        items.push(item);
    }
    Ok(items)
}

struct UserVisitor;
seed!(UserVisitor, deserialize_map, User<'de>);

impl<'de> Visitor<'de> for UserVisitor {
    type Value = User<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a `code` and a `name`")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<User<'de>, M::Error> {
        let (mut code, mut name) = (None, None);
        while let Some(key) = map.next_key_seed(Text)? {
            match key.as_ref() {
                "code" => code = Some(map.next_value_seed(Text)?),
                "name" => name = Some(map.next_value_seed(Text)?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(User {
            code: code.ok_or_else(|| M::Error::missing_field("code"))?,
            name: name.unwrap_or_default(),
        })
    }
}

struct FileVisitor;
seed!(FileVisitor, deserialize_map, File<'de>);

impl<'de> Visitor<'de> for FileVisitor {
    type Value = File<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a file with its `fileKey`, `name` and `size`")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<File<'de>, M::Error> {
        let (mut file_key, mut name, mut content_type, mut size) = (None, None, None, None);
        while let Some(key) = map.next_key_seed(Text)? {
            match key.as_ref() {
                "fileKey" => file_key = Some(map.next_value_seed(Text)?),
                "name" => name = Some(map.next_value_seed(Text)?),
                "contentType" => content_type = Some(map.next_value_seed(Text)?),
                "size" => size = Some(map.next_value_seed(Number)?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(File {
            file_key: file_key.ok_or_else(|| M::Error::missing_field("fileKey"))?,
            name: name.ok_or_else(|| M::Error::missing_field("name"))?,
            content_type: content_type.unwrap_or_default(),
            size: size.ok_or_else(|| M::Error::missing_field("size"))?,
        })
    }
}

struct RowVisitor;
seed!(RowVisitor, deserialize_map, Row<'de>);

impl<'de> Visitor<'de> for RowVisitor {
    type Value = Row<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a row with its `id` and `value`")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Row<'de>, M::Error> {
        let (mut id, mut fields) = (None, None);
        while let Some(key) = map.next_key_seed(Text)? {
            match key.as_ref() {
                "id" => id = Some(map.next_value_seed(Number)?),
                "value" => fields = Some(map.next_value_seed(FieldsVisitor)?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Row {
            id: id.ok_or_else(|| M::Error::missing_field("id"))?,
            fields: fields.ok_or_else(|| M::Error::missing_field("value"))?,
        })
    }
}

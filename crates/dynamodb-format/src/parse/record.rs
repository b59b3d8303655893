//! A whole line, of a full or of an incremental export.

use std::fmt;

use jiff::Timestamp;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::trace::Trace;
use super::value::Attributes;
use crate::{AttributeFault, FormatError, Item};

/// The parts of a line that are there. Others are ignored: the service may add some.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) item: Option<Item>,
    pub(crate) written: Option<Timestamp>,
    pub(crate) keys: Option<Item>,
    pub(crate) new_image: Option<Item>,
    pub(crate) old_image: Option<Item>,
    /// How many parts there are, ignored ones too.
    pub(crate) parts: u32,
}

/// The part at `path`, which each record of its kind has.
pub(crate) fn required<T>(part: Option<T>, path: &str) -> Result<T, FormatError> {
    part.ok_or_else(|| FormatError::Attribute {
        path: path.to_owned(),
        fault: AttributeFault::Missing,
    })
}

impl Record {
    pub(crate) fn parse(line: &[u8]) -> Result<Self, FormatError> {
        let trace = Trace::default();
        let mut deserializer = serde_json::Deserializer::from_slice(line);
        let record = Parts(&trace)
            .deserialize(&mut deserializer)
            .and_then(|record| deserializer.end().map(|()| record));
        record.map_err(|error| trace.explain(&error))
    }
}

#[derive(Clone, Copy)]
struct Parts<'trace>(&'trace Trace);

impl<'de> DeserializeSeed<'de> for Parts<'_> {
    type Value = Record;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Record, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Parts<'_> {
    type Value = Record;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record, A::Error> {
        let mut record = Record::default();
        while let Some(name) = map.next_key::<String>()? {
            record.parts = record.parts.saturating_add(1);
            let part = match name.as_str() {
                "Item" => &mut record.item,
                "Keys" => &mut record.keys,
                "NewImage" => &mut record.new_image,
                "OldImage" => &mut record.old_image,
                "Metadata" => {
                    let metadata = map.next_value_seed(Metadata(self.0));
                    let written = self.0.at_name("Metadata", metadata)?;
                    self.put(&mut record.written, written)?;
                    continue;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            let attributes = map.next_value_seed(Attributes(self.0));
            let item = Item(self.0.at_name(&name, attributes)?);
            self.put(part, Some(item))?;
        }
        Ok(record)
    }
}

impl Parts<'_> {
    fn put<T, E: Error>(self, part: &mut Option<T>, value: Option<T>) -> Result<(), E> {
        if part.is_some() {
            return Err(self.0.fault(AttributeFault::Twice));
        }
        *part = value;
        Ok(())
    }
}

/// Reads `{"WriteTimestampMicros": …}`.
#[derive(Clone, Copy)]
struct Metadata<'trace>(&'trace Trace);

impl<'de> DeserializeSeed<'de> for Metadata<'_> {
    type Value = Option<Timestamp>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Metadata<'_> {
    type Value = Option<Timestamp>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("metadata by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut written = None;
        while let Some(name) = map.next_key::<String>()? {
            if name == "WriteTimestampMicros" {
                written = Some(self.0.at_name(&name, map.next_value_seed(Micros(self.0)))?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(written)
    }
}

/// Reads a time: `{"N": "1680109764000000"}`, or the number as text or bare.
#[derive(Clone, Copy)]
struct Micros<'trace>(&'trace Trace);

impl<'de> DeserializeSeed<'de> for Micros<'_> {
    type Value = Timestamp;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Timestamp, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Micros<'_> {
    type Value = Timestamp;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a time in microseconds")
    }

    fn visit_u64<E: Error>(self, micros: u64) -> Result<Timestamp, E> {
        i64::try_from(micros)
            .ok()
            .and_then(|micros| Timestamp::from_microsecond(micros).ok())
            .ok_or_else(|| self.0.fault(AttributeFault::Time))
    }

    fn visit_str<E: Error>(self, micros: &str) -> Result<Timestamp, E> {
        match micros.parse() {
            Ok(micros) => self.visit_u64(micros),
            Err(_) => Err(self.0.fault(AttributeFault::Time)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Timestamp, A::Error> {
        let mut time = None;
        while let Some(kind) = map.next_key::<String>()? {
            if kind != "N" || time.is_some() {
                return Err(self.0.fault(AttributeFault::Shape));
            }
            time = Some(map.next_value_seed(self)?);
        }
        time.ok_or_else(|| self.0.fault(AttributeFault::Shape))
    }
}

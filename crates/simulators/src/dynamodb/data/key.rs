//! Where in a table an item is.

use serde_json::{Map, Value};

use super::super::output::md5;
use super::super::refusal::Refusal;
use super::super::table::Table;
use super::attribute::binary;
use super::number::Number;

/// The most bytes of a partition key.
const PARTITION: usize = 2048;

/// The most bytes of a sort key.
const SORT: usize = 1024;

/// A scalar as it is compared: texts by their bytes, numbers by their value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Scalar {
    None,
    Bytes(Vec<u8>),
    Number(Number),
}

/// The place of an item: the hash of its partition key, then its keys. Scans go through places in order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::dynamodb) struct Place {
    hash: u32,
    partition: Scalar,
    sort: Scalar,
}

impl Place {
    /// The place of an item whose keys have the right types and are as the service keeps them.
    pub(in crate::dynamodb) fn of(table: &Table, item: &Value) -> Self {
        let scalar = |place: usize| match table.keys.get(place) {
            None => Scalar::None,
            Some((name, kind)) => scalar(kind, &item[name.as_str()][kind.as_str()]),
        };
        let partition = scalar(0);
        let hash = md5(format!("{partition:?}").as_bytes());
        Self {
            hash: u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]),
            partition,
            sort: scalar(1),
        }
    }

    /// The segment of a scan in which it is.
    pub(super) fn segment(&self, segments: usize) -> usize {
        let share = u64::from(self.hash) * u64::try_from(segments).unwrap_or(1);
        usize::try_from(share >> 32).unwrap_or(0)
    }
}

fn scalar(kind: &str, content: &Value) -> Scalar {
    let text = content.as_str().unwrap_or_default();
    match kind {
        "N" => Number::parse(text).map_or(Scalar::None, Scalar::Number),
        "B" => Scalar::Bytes(binary(text).unwrap_or_default()),
        _ => Scalar::Bytes(text.as_bytes().to_vec()),
    }
}

/// The words for keys that are not the table's.
pub(super) fn mismatch() -> Refusal {
    Refusal::invalid("The provided key element does not match the schema")
}

/// Refuses an item without the table's keys; `batch` chooses between the words for one item and for many.
pub(super) fn check_item(
    table: &Table,
    item: &Map<String, Value>,
    batch: bool,
) -> Result<(), Refusal> {
    for (place, (name, kind)) in table.keys.iter().enumerate() {
        let words = match item.get(name).map(|value| (value.get(kind), value)) {
            Some((Some(content), _)) => {
                check_content(name, kind, content, place)?;
                continue;
            }
            None => format!("Missing the key {name} in the item"),
            Some((None, value)) => {
                let actual = kind_of(value);
                format!("Type mismatch for key {name} expected: {kind} actual: {actual}")
            }
        };
        let words = format!("One or more parameter values were invalid: {words}");
        return Err(if batch {
            mismatch()
        } else {
            Refusal::invalid(words)
        });
    }
    check_indexes(table, item)
}

/// Refuses what is not exactly a key of the table.
pub(super) fn check_key(table: &Table, key: &Map<String, Value>) -> Result<(), Refusal> {
    if key.len() != table.keys.len() {
        return Err(mismatch());
    }
    for (place, (name, kind)) in table.keys.iter().enumerate() {
        let content = key.get(name).and_then(|value| value.get(kind));
        check_content(name, kind, content.ok_or_else(mismatch)?, place)?;
    }
    Ok(())
}

/// The type of a value.
pub(super) fn kind_of(value: &Value) -> &str {
    let first = value.as_object().and_then(|typed| typed.keys().next());
    first.map_or("", String::as_str)
}

fn check_content(name: &str, kind: &str, content: &Value, place: usize) -> Result<(), Refusal> {
    if content == "" {
        let kind = if kind == "B" { "binary" } else { "string" };
        return Err(Refusal::invalid(format!(
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an \
             empty {kind} value. Key: {name}"
        )));
    }
    let (bytes, bound) = match scalar(kind, content) {
        Scalar::Bytes(bytes) if place == 0 => (bytes.len(), PARTITION),
        Scalar::Bytes(bytes) => (bytes.len(), SORT),
        _ => return Ok(()),
    };
    let words = if place == 0 {
        // The space that is missing here is missing in the service's words.
        "Size of hashkey has exceeded the maximum size limit of2048 bytes"
    } else {
        "Aggregated size of all range keys has exceeded the size limit of 1024 bytes"
    };
    if bytes > bound {
        let message = format!("One or more parameter values were invalid: {words}");
        return Err(Refusal::invalid(message));
    }
    Ok(())
}

/// Refuses attributes that are keys of an index, but of another type, or empty.
fn check_indexes(table: &Table, item: &Map<String, Value>) -> Result<(), Refusal> {
    for index in &table.indexes {
        for (name, kind) in &index.keys {
            let Some(value) = item.get(name) else {
                continue;
            };
            let actual = kind_of(value);
            if actual != kind {
                return Err(Refusal::invalid(format!(
                    "One or more parameter values were invalid: Type mismatch for Index Key {name} Expected: {kind} \
                     Actual: {actual} IndexName: {}",
                    index.name
                )));
            }
            if value[actual] == "" {
                let kind = if kind == "B" { "binary" } else { "string" };
                return Err(Refusal::invalid(format!(
                    "One or more parameter values are not valid. A value specified for a secondary index key is not \
                     supported. The AttributeValue for a key attribute cannot contain an empty {kind} value. \
                     IndexName: {}, IndexKey: {name}",
                    index.name
                )));
            }
        }
    }
    Ok(())
}

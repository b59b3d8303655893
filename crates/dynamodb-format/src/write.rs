//! Writing values as DynamoDB's JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::{AttributeValue, Item};

/// `value` on one line.
pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value)
        .unwrap_or_else(|_| unreachable!("names are texts, and a String takes all writes"))
}

impl Serialize for Item {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Serialize for AttributeValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::S(text) => typed(serializer, "S", text),
            Self::N(number) => typed(serializer, "N", number),
            Self::B(bytes) => typed(serializer, "B", &STANDARD.encode(bytes)),
            Self::Ss(texts) => typed(serializer, "SS", texts),
            Self::Ns(numbers) => typed(serializer, "NS", numbers),
            Self::Bs(binaries) => {
                let texts: Vec<_> = binaries
                    .iter()
                    .map(|bytes| STANDARD.encode(bytes))
                    .collect();
                typed(serializer, "BS", &texts)
            }
            Self::M(map) => typed(serializer, "M", map),
            Self::L(list) => typed(serializer, "L", list),
            Self::Null => typed(serializer, "NULL", &true),
            Self::Bool(value) => typed(serializer, "BOOL", value),
        }
    }
}

pub(crate) fn typed<S: Serializer>(
    serializer: S,
    name: &'static str,
    value: &(impl Serialize + ?Sized),
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(name, value)?;
    map.end()
}

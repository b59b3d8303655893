//! The attributes that tell items of a table apart.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{AttributeValue, Item, canonical_number};

/// The most bytes of a partition key's value.
///
/// **Source**: Amazon DynamoDB Developer Guide, "Constraints in Amazon DynamoDB".
const PARTITION_BYTES_MAX: usize = 2048;

/// The most bytes of a sort key's value, from the same source.
const SORT_BYTES_MAX: usize = 1024;

/// The attributes that tell items of a table, or sort those of an index. No export tells them.
///
/// Shape: `{"partition": {"name": "id", "type": "S"}, "sort": {"name": "line", "type": "N"}}`, the latter where there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySchema {
    /// The partition key (`HASH`).
    pub partition: KeyAttribute,
    /// The sort key (`RANGE`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sort: Option<KeyAttribute>,
}

/// One attribute of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyAttribute {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: KeyKind,
}

/// The types that a key may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyKind {
    /// Text.
    S,
    /// A number.
    N,
    /// Bytes.
    B,
}

/// Why an item can't be in a table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// There is no such attribute.
    #[error("the key attribute {name} is missing")]
    Missing {
        /// The attribute.
        name: String,
    },
    /// The attribute has another type.
    #[error("the key attribute {name} is of type {found}; the table has {expected} there")]
    Kind {
        /// The attribute.
        name: String,
        /// The table's type.
        expected: KeyKind,
        /// The item's.
        found: &'static str,
    },
    /// The value is empty.
    #[error("the key attribute {name} is empty")]
    Empty {
        /// The attribute.
        name: String,
    },
    /// The value is too long.
    #[error("the key attribute {name} has {bytes} bytes; at most {most} are allowed")]
    Long {
        /// The attribute.
        name: String,
        /// Its length in bytes.
        bytes: usize,
        /// The most bytes.
        most: usize,
    },
}

impl fmt::Display for KeyKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::S => "S",
            Self::N => "N",
            Self::B => "B",
        })
    }
}

/// Such as `id (S), line (N)`.
impl fmt::Display for KeySchema {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} ({})",
            self.partition.name, self.partition.kind
        )?;
        match &self.sort {
            Some(sort) => write!(formatter, ", {} ({})", sort.name, sort.kind),
            None => Ok(()),
        }
    }
}

impl KeySchema {
    /// The key that the service describes by `roles` (`HASH` and `RANGE`) and `types` (`S`, `N` and `B`), each of an
    /// attribute by its name; `None` where it is not whole.
    ///
    /// **Source**: Amazon DynamoDB API Reference, `KeySchemaElement` and `AttributeDefinition`.
    pub fn described<'a>(
        roles: &(impl Iterator<Item = (&'a str, &'a str)> + Clone),
        types: &(impl Iterator<Item = (&'a str, &'a str)> + Clone),
    ) -> Option<Self> {
        let attribute = |wanted| {
            let (_, name) = roles.clone().find(|(role, _)| *role == wanted)?;
            Some(KeyAttribute::described(name, types.clone()))
        };
        Some(Self {
            partition: attribute("HASH")??,
            sort: match attribute("RANGE") {
                Some(sort) => Some(sort?),
                None => None,
            },
        })
    }

    /// The key of `item`: its key attributes alone.
    ///
    /// # Errors
    /// A key attribute is missing, empty, too long, or of another type.
    pub fn key_of(&self, item: &Item) -> Result<Item, KeyFault> {
        let mut key = Item::default();
        for (attribute, most) in self.bounded() {
            let value = attribute.value_in(item)?;
            attribute.check(value, most)?;
            key.0.insert(attribute.name.clone(), value.clone());
        }
        Ok(key)
    }

    /// Bytes that are the same for two items if, and only if, their keys are. Numbers are the same by value.
    ///
    /// # Errors
    /// A key attribute is missing, empty, too long, or of another type.
    pub fn identity(&self, item: &Item) -> Result<Box<[u8]>, KeyFault> {
        let mut identity = Vec::new();
        for (attribute, most) in self.bounded() {
            let value = attribute.value_in(item)?;
            attribute.check(value, most)?;
            let start = identity.len();
            identity.extend([0; 2]);
            match value {
                AttributeValue::S(text) => identity.extend(text.as_bytes()),
                AttributeValue::B(bytes) => identity.extend(bytes),
                AttributeValue::N(number) => identity.extend(canonical_number(number).as_bytes()),
                _ => unreachable!("its type is that of a key"),
            }
            // At most 2,048 bytes: two hold the length.
            let length = u16::try_from(identity.len() - start).unwrap_or(u16::MAX);
            identity[start..start + 2].copy_from_slice(&length.to_be_bytes());
        }
        Ok(identity.into())
    }

    /// The key attributes, the partition key first.
    pub fn attributes(&self) -> impl Iterator<Item = &KeyAttribute> {
        std::iter::once(&self.partition).chain(&self.sort)
    }

    /// The key attributes with the most bytes of their values.
    fn bounded(&self) -> impl Iterator<Item = (&KeyAttribute, usize)> {
        let sort = self.sort.iter().map(|sort| (sort, SORT_BYTES_MAX));
        std::iter::once((&self.partition, PARTITION_BYTES_MAX)).chain(sort)
    }
}

impl KeyAttribute {
    fn value_in<'item>(&self, item: &'item Item) -> Result<&'item AttributeValue, KeyFault> {
        item.0.get(&self.name).ok_or_else(|| KeyFault::Missing {
            name: self.name.clone(),
        })
    }

    /// The attribute `name`, whose type is among `types`.
    ///
    /// **Source**: Amazon DynamoDB API Reference, `AttributeDefinition`.
    pub fn described<'a>(
        name: &str,
        mut types: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Option<Self> {
        let (_, kind) = types.find(|(named, _)| *named == name)?;
        Some(Self {
            name: name.to_owned(),
            kind: match kind {
                "S" => KeyKind::S,
                "N" => KeyKind::N,
                "B" => KeyKind::B,
                _ => return None,
            },
        })
    }

    /// Whether `value`, of `most` bytes, can be in a key.
    ///
    /// # Errors
    /// It is empty, longer, or of another type.
    pub fn check(&self, value: &AttributeValue, most: usize) -> Result<(), KeyFault> {
        let bytes = match (self.kind, value) {
            (KeyKind::S, AttributeValue::S(text)) => text.len(),
            (KeyKind::B, AttributeValue::B(bytes)) => bytes.len(),
            (KeyKind::N, AttributeValue::N(_)) => return Ok(()),
            _ => {
                return Err(KeyFault::Kind {
                    name: self.name.clone(),
                    expected: self.kind,
                    found: value.type_name(),
                });
            }
        };
        let name = || self.name.clone();
        match bytes {
            0 => Err(KeyFault::Empty { name: name() }),
            bytes if bytes > most => Err(KeyFault::Long {
                name: name(),
                bytes,
                most,
            }),
            _ => Ok(()),
        }
    }
}

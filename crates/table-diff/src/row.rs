//! A row as a person sees it.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// A row as a person sees it: long values cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownRow {
    /// The encoded key.
    pub key: Vec<u8>,
    /// The time of change, in the unit of its type.
    pub time: Option<i64>,
    /// The row's hash, by the reading's method, also where only times are compared.
    pub hash: u64,
    /// A cell for each of the reading's columns.
    pub cells: Vec<ShownCell>,
}

/// A cell as a person sees it: the server's text of the value, or its beginning. In JSON `null`, a string, or an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub enum ShownCell {
    /// NULL.
    Null,
    /// The whole text.
    Whole(String),
    /// The beginning of a text that is longer than [`ShownCell::CHARACTERS_MAX`].
    Cut {
        /// Its beginning.
        beginning: String,
        /// How long it is, in characters.
        characters: u64,
        /// The MD5 of the whole, in hexadecimal: whether two long values differ.
        md5: String,
    },
}

impl ShownCell {
    /// How many characters of a value are shown.
    pub const CHARACTERS_MAX: usize = 1000;
}

/// By hand: what serde derives tries each form in turn, which costs more than all else of reading a plan.
impl<'de> Deserialize<'de> for ShownCell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CellVisitor)
    }
}

struct CellVisitor;

impl<'de> Visitor<'de> for CellVisitor {
    type Value = ShownCell;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("null, a text, or the beginning of a long text")
    }

    fn visit_unit<E>(self) -> Result<ShownCell, E> {
        Ok(ShownCell::Null)
    }

    fn visit_str<E>(self, text: &str) -> Result<ShownCell, E> {
        Ok(ShownCell::Whole(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<ShownCell, E> {
        Ok(ShownCell::Whole(text))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ShownCell, A::Error> {
        #[derive(Deserialize)]
        struct Cut {
            beginning: String,
            characters: u64,
            md5: String,
        }
        let Cut {
            beginning,
            characters,
            md5,
        } = Cut::deserialize(MapAccessDeserializer::new(map))?;
        Ok(ShownCell::Cut {
            beginning,
            characters,
            md5,
        })
    }
}

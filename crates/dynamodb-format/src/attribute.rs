//! A value as DynamoDB types it.

use std::collections::{BTreeMap, BTreeSet};

/// A value of an attribute. Maps and sets are kept in order, so equal values are written alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeValue {
    /// `S`: text, maybe empty.
    S(String),
    /// `N`: a number as the text that DynamoDB wrote, with all of its up to 38 digits.
    N(String),
    /// `B`: bytes, which the export writes as base64.
    B(Vec<u8>),
    /// `SS`: a set of texts.
    Ss(BTreeSet<String>),
    /// `NS`: a set of numbers, each as text.
    Ns(BTreeSet<String>),
    /// `BS`: a set of byte strings.
    Bs(BTreeSet<Vec<u8>>),
    /// `M`: a map by name.
    M(BTreeMap<String, Self>),
    /// `L`: a list, whose order counts.
    L(Vec<Self>),
    /// `NULL`, always written `true`.
    Null,
    /// `BOOL`.
    Bool(bool),
}

impl AttributeValue {
    /// The name of its type, as in the JSON: `S`, `NULL`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::S(_) => "S",
            Self::N(_) => "N",
            Self::B(_) => "B",
            Self::Ss(_) => "SS",
            Self::Ns(_) => "NS",
            Self::Bs(_) => "BS",
            Self::M(_) => "M",
            Self::L(_) => "L",
            Self::Null => "NULL",
            Self::Bool(_) => "BOOL",
        }
    }
}

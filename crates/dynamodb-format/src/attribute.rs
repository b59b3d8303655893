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

//! What a table is.

use std::collections::BTreeMap;

use crate::{KeyAttribute, KeySchema};

/// What a table was when it was described.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// Its name.
    pub name: String,
    /// Its ARN, which a table made anew under the same name shares.
    pub arn: String,
    /// Its id, which no other table ever has.
    pub id: String,
    /// Its status, such as `ACTIVE`.
    pub status: String,
    /// Its key.
    pub key: KeySchema,
    /// What bounds its writes.
    pub billing: Billing,
    /// Its secondary indexes, global and local.
    pub indexes: Vec<Index>,
    /// Its items, as counted every six hours or so.
    pub item_count_hint: u64,
    /// Its size in bytes, as measured every six hours or so.
    pub size_bytes_hint: u64,
    /// Whether each write goes to a stream, and so maybe to functions.
    pub has_streams: bool,
}

/// What bounds a table's writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Billing {
    /// Each write is paid; the service adapts.
    OnDemand,
    /// So many write units a second.
    Provisioned {
        /// Write units a second.
        write_units: u64,
    },
}

/// A secondary index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Whether it is local: of the table's partition key.
    pub is_local: bool,
    /// The attributes of its key. An item without them is not in the index; one that has them with another type is refused.
    pub attributes: Vec<KeyAttribute>,
}

/// A table to be made: on demand, without indexes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTable {
    /// Its name.
    pub name: String,
    /// Its key.
    pub key: KeySchema,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

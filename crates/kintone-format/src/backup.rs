//! What the manifest of a Kintone backup says beyond the objects.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Dialect;

/// The details of a Kintone backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Backup {
    /// The service's host.
    pub domain: String,
    /// The app's id.
    pub app: u64,
    /// The revision of the form that the records were read with.
    pub schema_revision: String,
    /// The dialect of the CSV.
    pub dialect: Dialect,
    /// Only records that met this condition were read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub query: Option<String>,
    /// The order of the records, when not by id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub order_by: Option<String>,
    /// The fields that were read, when not all.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub fields: Vec<String>,
    /// The number of records.
    pub records: u64,
    /// The lowest record id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub first_id: Option<u64>,
    /// The highest record id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_id: Option<u64>,
    /// The number of rows of each subtable.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub table_rows: BTreeMap<String, u64>,
    /// The stamp of the generation that unchanged records were taken from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub based_on: Option<String>,
    /// How the copy was proven to be one of a single state.
    pub consistency: Consistency,
    /// The number of files, when attachments were saved.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub attachments: Option<u64>,
}

/// The proof that the records are those of a single state of the app.
///
/// At `swept` every record up to `highest_id` still had the revision that was saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Consistency {
    /// The highest record id when reading began; later records belong to the next generation.
    pub highest_id: u64,
    /// When the sweep that found no difference began.
    pub swept: Timestamp,
    /// How often changed records had to be read again.
    pub rereads: u32,
    /// The number of requests that the run took.
    pub requests: u64,
}

//! What a verified run consists of.

use function_core::{Manifest, Table};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The manifest of a verified export. The service wrote the objects, so it lists tables, not objects.
pub type ExportManifest = Manifest<Details>;

/// The fields of an [`ExportManifest`] beside those of every manifest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// The cluster, instance or table.
    pub source: String,
    /// The day that the data is of, in the company's zone.
    pub logical_date: Date,
    /// What was exported, and where it is.
    #[serde(flatten)]
    pub export: Export,
    /// Rows or items of all tables.
    pub rows: u64,
    /// Bytes of all data objects, as stored.
    pub bytes: u64,
    /// What a person should know although all is well.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub warnings: Vec<String>,
    /// What a person allowed, kept without telling anybody.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notes: Vec<String>,
    /// What became smaller than `MAX_SHRINK_PERCENT` allows, against the verified run before.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub shrunk: Vec<String>,
    /// Why the export is not to be used any more: a later look found that it is not whole. Readers of `latest.json` must check it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub withdrawn: Option<String>,
}

/// What was exported, and where it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Export {
    /// The bucket.
    pub bucket: String,
    /// The folder of the export within the bucket, without a slash at its end.
    pub prefix: String,
    /// The database engine, such as `aurora-mysql`; `dynamodb` for `DynamoDB`.
    pub engine: String,
    /// The tables, in the order of their names.
    pub tables: Vec<Table>,
    /// When the newest data object was written; `None` where that is not known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub newest_file: Option<Timestamp>,
    /// What only the function itself understands: task, ARN, kind of export.
    pub details: serde_json::Value,
}

/// The key of the manifest of the generation `stamp`, in the folder of its source: `20261121.manifest.json`.
pub fn manifest_key(stamp: &function_core::Stamp) -> String {
    format!("{stamp}{MANIFEST}")
}

/// How the keys of manifests end.
pub(crate) const MANIFEST: &str = ".manifest.json";

/// The pointer's key in the folder of its source.
pub(crate) const LATEST: &str = "latest.json";

//! An export: what was asked for, what it holds, and how it ended.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::fault::{Counted, Fault};
use super::start::Wanted;

/// What an export covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All items just before this time.
    Full(Timestamp),
    /// What was written from `from` on and before `to`.
    Incremental {
        /// The first time that is covered.
        from: Timestamp,
        /// The first time that is no longer covered.
        to: Timestamp,
        /// Whether records have the images from before, view `NEW_AND_OLD_IMAGES`.
        old_images: bool,
    },
}

impl Scope {
    /// The name of the type in requests and manifests.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Full(_) => "FULL_EXPORT",
            Self::Incremental { .. } => "INCREMENTAL_EXPORT",
        }
    }
}

/// The name of a view.
pub(super) fn view(old_images: bool) -> &'static str {
    if old_images {
        "NEW_AND_OLD_IMAGES"
    } else {
        "NEW_IMAGE"
    }
}

/// How an export ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// COMPLETED, or a status that no document knows.
    Written(String),
    Failed {
        code: String,
        message: String,
    },
}

/// An export.
#[derive(Debug)]
pub(super) struct Export {
    pub(super) arn: String,
    pub(super) id: String,
    pub(super) table_id: String,
    pub(super) wanted: Wanted,
    pub(super) token: Option<String>,
    pub(super) scope: Scope,
    pub(super) started: Timestamp,
    pub(super) ends: Timestamp,
    pub(super) faults: Vec<Fault>,
    /// The lines of each data file.
    pub(super) lines: Vec<Vec<Value>>,
    pub(super) billed_bytes: u64,
    /// How it will end if it is decided already, or has ended.
    pub(super) planned: Option<End>,
    pub(super) end: Option<End>,
}

impl Export {
    pub(super) fn status(&self) -> &str {
        match &self.end {
            None => "IN_PROGRESS",
            Some(End::Written(status)) => status,
            Some(End::Failed { .. }) => "FAILED",
        }
    }

    pub(super) fn items(&self) -> usize {
        self.lines.iter().map(Vec::len).sum()
    }

    /// The number of items as it is told there.
    pub(super) fn counted(&self, place: Counted) -> usize {
        let more = self.faults.contains(&Fault::Miscounted(place));
        self.items() + usize::from(more)
    }

    /// What comes before `AWSDynamoDB/`.
    pub(super) fn prefix(&self) -> String {
        match self.wanted.prefix.as_deref() {
            None => String::new(),
            Some(prefix) if prefix.ends_with('/') => prefix.to_owned(),
            Some(prefix) => format!("{prefix}/"),
        }
    }

    /// The `ExportDescription`.
    pub(super) fn description(&self, with_type: bool) -> Value {
        let wanted = &self.wanted;
        let mut description = Map::new();
        let mut put = |name: &str, value: Value| {
            if !value.is_null() {
                description.insert(name.to_owned(), value);
            }
        };
        put("ExportArn", json!(self.arn));
        put("ExportStatus", json!(self.status()));
        put("StartTime", seconds(self.started));
        put("TableArn", json!(wanted.table_arn));
        put("TableId", json!(self.table_id));
        put("ClientToken", json!(self.token));
        put("S3Bucket", json!(wanted.bucket));
        put("S3BucketOwner", json!(wanted.owner));
        put("S3Prefix", json!(wanted.prefix));
        put("S3SseAlgorithm", json!(wanted.encryption()));
        put("S3SseKmsKeyId", json!(wanted.key));
        put("ExportFormat", json!("DYNAMODB_JSON"));
        put("DestinationType", json!("S3"));
        if with_type {
            put("ExportType", json!(self.scope.kind()));
        }
        match self.scope {
            Scope::Full(time) => put("ExportTime", seconds(time)),
            Scope::Incremental {
                from,
                to,
                old_images,
            } => {
                let specification = json!({
                    "ExportFromTime": seconds(from),
                    "ExportToTime": seconds(to),
                    "ExportViewType": view(old_images),
                });
                put("IncrementalExportSpecification", specification);
            }
        }
        match &self.end {
            None => {}
            Some(End::Written(_)) => {
                put("EndTime", seconds(self.ends));
                put("ExportManifest", json!(self.manifest()));
                put("BilledSizeBytes", json!(self.billed_bytes));
                put("ItemCount", json!(self.counted(Counted::Description)));
            }
            Some(End::Failed { code, message }) => {
                put("EndTime", seconds(self.ends));
                put("FailureCode", json!(code));
                put("FailureMessage", json!(message));
            }
        }
        Value::Object(description)
    }

    /// The key of `manifest-summary.json`.
    pub(super) fn manifest(&self) -> String {
        let (prefix, id) = (self.prefix(), &self.id);
        format!("{prefix}AWSDynamoDB/{id}/manifest-summary.json")
    }
}

/// A time as it goes over the wire: seconds since 1970, with milliseconds.
pub(super) fn seconds(time: Timestamp) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit")]
    let millis = time.as_millisecond() as f64;
    json!(millis / 1000.0)
}

/// What an export should hold, whatever is wrong with it.
#[derive(Clone, Debug)]
pub struct Truth {
    /// The export's ARN.
    pub arn: String,
    /// The table's ARN.
    pub table_arn: String,
    /// What it covers.
    pub scope: Scope,
    /// Its status at this moment.
    pub status: String,
    /// When it began.
    pub started: Timestamp,
    /// The bucket.
    pub bucket: String,
    /// The key of `manifest-summary.json`.
    pub manifest: String,
    /// The keys of all data files, in the order of `manifest-files.json`.
    pub data: Vec<String>,
    /// All its lines, `{"Item": …}` in a full export, with `Metadata`, `Keys` and images in an incremental one.
    pub lines: Vec<Value>,
}

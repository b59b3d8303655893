//! `manifest-summary.json`: what was exported.

use jiff::Timestamp;
use serde::Deserialize;

use crate::FormatError;

/// What DynamoDB says of an export in `manifest-summary.json`. Fields that it adds later are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The format's version, such as `2020-06-30`, or `2023-08-01` of an incremental export.
    #[serde(default)]
    pub version: String,
    /// The export; [`export_id`](crate::export_id) tells its folder.
    pub export_arn: String,
    /// When the export began.
    pub start_time: Option<Timestamp>,
    /// When it was complete.
    pub end_time: Option<Timestamp>,
    /// The table.
    pub table_arn: String,
    /// The table's id, which another table of the same name does not share; empty where the manifest does not say.
    #[serde(default)]
    pub table_id: String,
    /// The moment as of which a full export holds the table.
    pub export_time: Option<Timestamp>,
    /// The start of an incremental export's window, inclusive.
    pub export_from_time: Option<Timestamp>,
    /// The end of an incremental export's window, exclusive.
    pub export_to_time: Option<Timestamp>,
    /// What the manifest says; [`Summary::export_type`] also knows where it says nothing.
    #[serde(rename = "exportType")]
    pub told_type: Option<ExportType>,
    /// Which images an incremental export holds.
    pub output_view: Option<OutputView>,
    /// The bucket that it was written to.
    pub s3_bucket: String,
    /// The user's prefix.
    pub s3_prefix: Option<String>,
    /// `AES256` or `KMS`.
    pub s3_sse_algorithm: Option<String>,
    /// The key, where it is not the bucket's own.
    pub s3_sse_kms_key_id: Option<String>,
    /// The key of `manifest-files.json`.
    #[serde(rename = "manifestFilesS3Key")]
    pub manifest_files_key: String,
    /// The size that is paid for, in bytes.
    #[serde(default)]
    pub billed_size_bytes: u64,
    /// The items, or incremental records, of all data files.
    pub item_count: u64,
    /// How data files are written.
    pub output_format: OutputFormat,
}

impl Summary {
    /// Reads the content of `manifest-summary.json`.
    ///
    /// # Errors
    /// It is cut, or not the documented JSON.
    pub fn parse(content: &[u8]) -> Result<Self, FormatError> {
        serde_json::from_slice(content).map_err(|source| FormatError::Summary { source })
    }

    /// The whole table, or what changed in a window. The field is younger than the format: where the manifest does not
    /// say, a window does.
    pub fn export_type(&self) -> ExportType {
        let window = self.export_from_time.or(self.export_to_time);
        self.told_type.unwrap_or(match window {
            Some(_) => ExportType::Incremental,
            None => ExportType::Full,
        })
    }
}

/// The whole table, or what changed in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum ExportType {
    /// `FULL_EXPORT`: data files hold [`Item`](crate::Item)s.
    #[serde(rename = "FULL_EXPORT")]
    Full,
    /// `INCREMENTAL_EXPORT`: data files hold [`Change`](crate::Change)s.
    #[serde(rename = "INCREMENTAL_EXPORT")]
    Incremental,
}

/// Which images the records of an incremental export hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum OutputView {
    /// `NEW_IMAGE`, which some of the service's documents write `NEW_IMAGES`.
    #[serde(rename = "NEW_IMAGE", alias = "NEW_IMAGES")]
    NewImage,
    /// `NEW_AND_OLD_IMAGES`.
    #[serde(rename = "NEW_AND_OLD_IMAGES")]
    NewAndOldImages,
}

/// How data files are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum OutputFormat {
    /// `DYNAMODB_JSON`: the one that this crate reads.
    #[serde(rename = "DYNAMODB_JSON")]
    DynamoDbJson,
    /// `ION`: Amazon Ion text.
    #[serde(rename = "ION")]
    Ion,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn full() -> Value {
        json!({
            "version": "2020-06-30",
            "exportArn": "arn:aws:dynamodb:us-east-1:123456789012:table/orders/export/1-a",
            "startTime": "2020-11-04T07:28:34.028Z",
            "endTime": "2020-11-04T07:33:43.897Z",
            "tableArn": "arn:aws:dynamodb:us-east-1:123456789012:table/orders",
            "tableId": "12345a12-abcd-123a-ab12-1234abc12345",
            "exportTime": "2020-11-04T07:28:34.028Z",
            "s3Bucket": "backups",
            "s3Prefix": null,
            "s3SseAlgorithm": "AES256",
            "s3SseKmsKeyId": null,
            "manifestFilesS3Key": "AWSDynamoDB/1-a/manifest-files.json",
            "billedSizeBytes": 3_000_000_000_u64,
            "itemCount": 8,
            "outputFormat": "DYNAMODB_JSON",
        })
    }

    fn parse(summary: &Value) -> Result<Summary, FormatError> {
        Summary::parse(summary.to_string().as_bytes())
    }

    #[test]
    fn a_summary_without_type_is_of_a_full_export() {
        let summary = parse(&full()).unwrap();
        assert_eq!(summary.export_type(), ExportType::Full);
        assert_eq!(summary.item_count, 8);
        assert_eq!(summary.billed_size_bytes, 3_000_000_000);
        assert_eq!(
            summary.manifest_files_key,
            "AWSDynamoDB/1-a/manifest-files.json"
        );
        let exported = summary.export_time.unwrap().to_string();
        assert_eq!(exported, "2020-11-04T07:28:34.028Z");
        assert_eq!((summary.s3_prefix, summary.output_view), (None, None));
    }

    #[test]
    fn an_incremental_export_tells_its_window_and_view() {
        let mut summary = full();
        let fields = summary.as_object_mut().unwrap();
        fields.remove("exportTime");
        fields.extend([
            ("exportFromTime".to_owned(), json!("2023-04-01T00:00:00Z")),
            ("exportToTime".to_owned(), json!("2023-04-01T12:00:00Z")),
            ("exportType".to_owned(), json!("INCREMENTAL_EXPORT")),
            ("outputView".to_owned(), json!("NEW_AND_OLD_IMAGES")),
            ("added later".to_owned(), json!([1])),
        ]);
        let summary = parse(&summary).unwrap();
        assert_eq!(summary.export_type(), ExportType::Incremental);
        assert_eq!(summary.output_view, Some(OutputView::NewAndOldImages));
        let window = summary
            .export_from_time
            .zip(summary.export_to_time)
            .unwrap();
        assert_eq!(window.0.duration_until(window.1).as_hours(), 12);
    }

    #[test]
    fn a_window_without_type_is_of_an_incremental_export() {
        let mut summary = full();
        let fields = summary.as_object_mut().unwrap();
        for field in ["exportTime", "startTime", "endTime"] {
            fields.remove(field);
        }
        summary["exportFromTime"] = json!("2023-04-01T00:00:00Z");
        summary["exportToTime"] = json!("2023-04-01T12:00:00Z");
        let summary = parse(&summary).unwrap();
        assert_eq!(summary.export_type(), ExportType::Incremental);
        assert_eq!((summary.start_time, summary.end_time), (None, None));
    }

    #[test]
    fn both_spellings_of_a_view_are_read() {
        for view in ["NEW_IMAGE", "NEW_IMAGES"] {
            let mut summary = full();
            summary["outputView"] = json!(view);
            let summary = parse(&summary).unwrap();
            assert_eq!(summary.output_view, Some(OutputView::NewImage));
        }
    }

    #[test]
    fn a_cut_summary_is_refused() {
        let whole = full().to_string();
        for length in [0, 1, whole.len() / 2, whole.len() - 1] {
            assert!(Summary::parse(&whole.as_bytes()[..length]).is_err());
        }
    }
}

//! Both manifests: read, compared with their checksums, and with what was asked for.

use cloud_store::Store;
use dynamodb_format::{DataFile, DataFiles, ExportFolder, ExportType, Md5, OutputFormat, Summary};
use function_core::chain;
use jiff::Timestamp;

use super::fault::{Fault, Faults};
use crate::error::ExportError;
use crate::export::{Export, Scope};
use crate::order::{Order, Place};

/// What the manifests tell.
pub(super) struct Manifests {
    pub(super) summary: Summary,
    pub(super) files: Vec<DataFile>,
    /// The MD5 of the list of files.
    pub(super) files_md5: Md5,
    summary_url: String,
    files_url: String,
}

impl Manifests {
    /// Reads both; `None` where one can't be relied on.
    pub(super) async fn read(
        bucket: &Store,
        folder: &ExportFolder,
        faults: &mut Faults,
    ) -> Result<Option<Self>, ExportError> {
        let summary_key = folder.manifest_summary();
        let files_key = folder.manifest_files();
        let summary = read(
            bucket,
            &summary_key,
            folder.manifest_summary_checksums(),
            faults,
        );
        let summary = summary.await?;
        let files = read(
            bucket,
            &files_key,
            folder.manifest_files_checksums(),
            faults,
        )
        .await?;
        let summary_url = bucket.url(&summary_key);
        let files_url = bucket.url(&files_key);
        let (Some((summary, _)), Some((files, files_md5))) = (summary, files) else {
            return Ok(None);
        };
        let summary = parsed(Summary::parse(&summary), &summary_url, faults);
        let files: Result<Vec<DataFile>, _> = DataFiles::new(&files).collect();
        let files = parsed(files, &files_url, faults);
        let (Some(summary), Some(files)) = (summary, files) else {
            return Ok(None);
        };
        Ok(Some(Self {
            summary,
            files,
            files_md5,
            summary_url,
            files_url,
        }))
    }

    /// Compares them with what was ordered, with each other, and with what the service tells.
    pub(super) fn check(&self, order: &Order, export: &Export, place: &Place, faults: &mut Faults) {
        self.check_identity(order, export, place, faults);
        self.check_scope(order.scope, faults);
        self.check_counts(export, faults);
    }

    fn check_identity(&self, order: &Order, export: &Export, place: &Place, faults: &mut Faults) {
        let summary = &self.summary;
        let prefix = summary.s3_prefix.as_deref().unwrap_or_default();
        let format = match summary.output_format {
            OutputFormat::DynamoDbJson => "DYNAMODB_JSON",
            OutputFormat::Ion => "ION",
        };
        for (field, expected, found) in [
            (
                "exportArn",
                export.arn.as_str(),
                summary.export_arn.as_str(),
            ),
            ("tableArn", &order.table_arn, &summary.table_arn),
            ("s3Bucket", &place.bucket, &summary.s3_bucket),
            ("s3Prefix", &place.prefix, prefix.trim_matches('/')),
            ("outputFormat", "DYNAMODB_JSON", format),
        ] {
            self.expect(field, expected, found, faults);
        }
        // Not everything that speaks for DynamoDB tells a table's id.
        if !order.table_id.is_empty() && !summary.table_id.is_empty() {
            self.expect("tableId", &order.table_id, &summary.table_id, faults);
        }
    }

    fn check_scope(&self, scope: Scope, faults: &mut Faults) {
        let summary = &self.summary;
        let (expected, full) = match scope {
            Scope::Full { .. } => ("FULL_EXPORT", true),
            Scope::Incremental { .. } => ("INCREMENTAL_EXPORT", false),
        };
        let found = match summary.export_type() {
            ExportType::Full => "FULL_EXPORT",
            ExportType::Incremental => "INCREMENTAL_EXPORT",
        };
        self.expect("exportType", expected, found, faults);
        let times = if full {
            vec![("exportTime", scope.end(), summary.export_time)]
        } else {
            vec![
                ("exportFromTime", scope.start(), summary.export_from_time),
                ("exportToTime", scope.end(), summary.export_to_time),
            ]
        };
        for (field, expected, found) in times {
            // The service is asked to the second.
            if found.map(Timestamp::as_second) != Some(expected.as_second()) {
                let found = found.map_or_else(|| "nothing".to_owned(), |time| time.to_string());
                self.expect(field, &expected.to_string(), &found, faults);
            }
        }
    }

    fn check_counts(&self, export: &Export, faults: &mut Faults) {
        let expected = self.summary.item_count;
        let listed: u64 = self.files.iter().map(|file| file.item_count).sum();
        let described = export
            .items
            .map_or_else(|| "no number of".to_owned(), |items| items.to_string());
        for (object, found) in [
            (self.files_url.clone(), listed.to_string()),
            (format!("DescribeExport of {}", export.arn), described),
        ] {
            if found != expected.to_string() {
                faults.add(Fault::Count {
                    object,
                    other: "manifest-summary.json",
                    expected,
                    found,
                });
            }
        }
    }

    fn expect(&self, field: &'static str, expected: &str, found: &str, faults: &mut Faults) {
        if expected != found {
            faults.add(Fault::Field {
                object: self.summary_url.clone(),
                field,
                expected: expected.to_owned(),
                found: found.to_owned(),
            });
        }
    }
}

/// An object whose checksum holds, and its MD5.
async fn read(
    bucket: &Store,
    key: &str,
    checksums: [String; 2],
    faults: &mut Faults,
) -> Result<Option<(Vec<u8>, Md5)>, ExportError> {
    let content = bucket.read(key).await?;
    if content.is_none() {
        faults.add(Fault::Missing {
            object: bucket.url(key),
        });
    }
    let Some(expected) = checksum(bucket, &checksums, faults).await? else {
        return Ok(None);
    };
    let Some((_, content)) = content else {
        return Ok(None);
    };
    let found = Md5::of(&content);
    if found != expected {
        faults.add(Fault::Checksum {
            object: bucket.url(key),
            expected: expected.to_string(),
            found: found.to_string(),
        });
        return Ok(None);
    }
    Ok(Some((content, found)))
}

/// The MD5 in the first of the objects that is there.
async fn checksum(
    bucket: &Store,
    keys: &[String; 2],
    faults: &mut Faults,
) -> Result<Option<Md5>, ExportError> {
    for key in keys {
        if let Some((_, content)) = bucket.read(key).await? {
            let text = String::from_utf8_lossy(&content);
            return Ok(parsed(text.parse(), &bucket.url(key), faults));
        }
    }
    faults.add(Fault::Missing {
        object: bucket.url(&keys[0]),
    });
    Ok(None)
}

fn parsed<T>(
    result: Result<T, dynamodb_format::FormatError>,
    object: &str,
    faults: &mut Faults,
) -> Option<T> {
    match result {
        Ok(parsed) => Some(parsed),
        Err(error) => {
            faults.add(Fault::Unreadable {
                object: object.to_owned(),
                why: chain(&error),
            });
            None
        }
    }
}

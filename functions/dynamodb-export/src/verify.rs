//! Whether an export is what was asked for, and all of it there.
//!
//! | what | against |
//! |---|---|
//! | `manifest-summary.json`, `manifest-files.json` | the MD5 beside each |
//! | ARN, table, moment or window, type, format, bucket | what was ordered |
//! | items in the summary | items in the list of files, and in `DescribeExport` |
//! | each data file | it is there, not empty, and has the entity tag in the list of files |
//! | each data file of another entity tag: its bytes and lines | the MD5 and the count in the list of files |
//! | with `VERIFY=full` each data file's bytes and lines | the MD5 and the count in the list of files |

mod content;
mod fault;
mod manifests;
mod objects;

use function_core::Table;
use reconcile::{Export as Exported, Unverified, Verdict, Verified};

use dynamodb_format::{ExportFolder, export_id};

use crate::aws::VIEW;
use crate::config::{ExportType, Verify};
use crate::error::ExportError;
use crate::export::Export;
use crate::function::DynamodbExport;
use crate::job::Job;
use crate::observe::details;
use crate::order::{Checkpoint, ExportDetails, Order};
use crate::repair;
use fault::Faults;
use manifests::Manifests;

impl DynamodbExport {
    /// The verdict on an export that is COMPLETED.
    pub(crate) async fn verify(
        &self,
        job: &mut Job<'_>,
        export: &Export,
    ) -> Result<Verdict, ExportError> {
        let Some(Checkpoint { order, proven, .. }) = job.checkpoint.clone() else {
            return Ok(job.underway("planned again by the next tick".to_owned()));
        };
        let id = export_id(&export.arn).unwrap_or(&export.arn);
        let folder = ExportFolder::new(&self.destination.place.prefix, id);
        let mut faults = Faults::default();
        let manifests = Manifests::read(&self.bucket, &folder, &mut faults).await?;
        let Some(manifests) = manifests else {
            return Ok(self.faulty(job, export, &faults));
        };
        manifests.check(&order, export, &self.destination.place, &mut faults);
        let found = objects::check(&self.bucket, &folder, &manifests.files, &mut faults).await?;
        if !faults.is_empty() {
            return Ok(self.faulty(job, export, &faults));
        }
        let is_full = self.config.verify == Verify::Full;
        if is_full || !found.doubtful.is_empty() {
            let reading = content::Reading {
                bucket: &self.bucket,
                folder: &folder,
                manifests: &manifests,
                only: (!is_full).then_some(&found.doubtful),
                mode: self.config.verify.name(),
                clock: self.machine.clock(),
                deadline: job.deadline,
            };
            let proven = reading.read(&export.arn, proven, &mut faults).await?;
            if !faults.is_empty() {
                return Ok(self.faulty(job, export, &faults));
            }
            let files = manifests.files.len();
            if proven.files < files {
                let words = format!("{} of {files} data files are right", proven.files);
                if let Some(checkpoint) = &mut job.checkpoint {
                    checkpoint.proven = Some(proven);
                }
                return Ok(job.underway(words));
            }
        }
        self.verified(job, order, export, &folder, &manifests, found.bytes)
            .await
    }

    async fn verified(
        &self,
        job: &Job<'_>,
        order: Order,
        export: &Export,
        folder: &ExportFolder,
        manifests: &Manifests,
        bytes: u64,
    ) -> Result<Verdict, ExportError> {
        let name = &job.table.name;
        let before = self.machine.last_verified(name).await?;
        let was_full = before
            .as_ref()
            .and_then(details)
            .is_some_and(|before| before.order.scope.is_full());
        let comparable = was_full && order.scope.is_full();
        let summary_key = folder.manifest_summary();
        let prefix = summary_key
            .rsplit_once('/')
            .map(|(prefix, _)| prefix.to_owned());
        let details = ExportDetails {
            export_arn: export.arn.clone(),
            view: (!order.scope.is_full()).then(|| VIEW.to_owned()),
            manifest_summary_key: summary_key,
            manifest_files_key: folder.manifest_files(),
            verify: self.config.verify.name().to_owned(),
            billed_size_bytes: manifests.summary.billed_size_bytes,
            order,
        };
        let is_link = self.rules.export_type == ExportType::Chain;
        let note = is_link.then(|| details.order.reason.clone());
        let warning =
            (details.order.scope.end() != job.moment.time).then(|| details.order.reason.clone());
        let started = manifests.summary.start_time.or(export.started);
        Ok(Verdict::Verified(Box::new(Verified {
            started: started.unwrap_or(job.moment.time),
            export: Exported {
                bucket: self.destination.place.bucket.clone(),
                prefix: prefix.unwrap_or_default(),
                engine: "dynamodb".to_owned(),
                tables: vec![Table {
                    database: String::new(),
                    schema: String::new(),
                    table: name.clone(),
                    rows: manifests.summary.item_count,
                    bytes,
                    files: manifests.files.len() as u64,
                }],
                newest_file: None,
                details: serde_json::to_value(details).unwrap_or_default(),
            },
            warnings: warning.into_iter().collect(),
            notes: note.into_iter().collect(),
            comparable,
        })))
    }

    /// Within the first hour the next tick looks again; after that a fault stays.
    fn faulty(&self, job: &Job<'_>, export: &Export, faults: &Faults) -> Verdict {
        let again = repair::export_again(&job.table.name, job.moment.date);
        let unverified = Unverified::incomplete(
            format!("{} is COMPLETED, but {faults}", export.arn),
            format!(
                "see who changed or removed objects of the export in s3://{}; {again}",
                self.destination.place.bucket
            ),
        );
        let now = self.machine.clock().now();
        let ended = export.ended.unwrap_or_else(|| job.since(now));
        Verdict::Unverified(unverified.settled_after(ended, now))
    }
}

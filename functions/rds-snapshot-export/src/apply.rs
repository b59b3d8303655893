//! Starting an export, so that the same export is never started twice.

use aws_client::AwsError;
use function_core::{Retryable as _, chain};
use jiff::{SignedDuration, Timestamp};
use reconcile::{Unverified, Verdict};

use crate::aws::{Order, Rds};
use crate::name::attempt_name;
use crate::patience::waits_for;
use crate::plan::progress;
use crate::source::{Snapshot, Task};

/// The highest attempt, which has one digit in the export's name.
const LAST_ATTEMPT: u32 = 9;

/// Whether `arn` is of an automated snapshot of `source`: `…:rds:{source}-2026-11-21-15-05`. It may be deleted by now.
fn is_automated(arn: &str, source: &str) -> bool {
    let name = arn
        .rsplit_once("snapshot:rds:")
        .map_or("", |(_, name)| name);
    let time = name
        .strip_prefix(source)
        .and_then(|rest| rest.strip_prefix('-'));
    let is_of_time = |c: char| c.is_ascii_digit() || c == '-';
    time.is_some_and(|time| time.len() == "2026-11-21-15-05".len() && time.chars().all(is_of_time))
}

/// An export that is to be started.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start<'a> {
    pub(crate) order: Order<'a>,
    pub(crate) source: &'a str,
    pub(crate) snapshot: &'a Snapshot,
    /// Snapshots of the same source, as far as they still exist.
    pub(crate) siblings: &'a [Snapshot],
    pub(crate) now: Timestamp,
    pub(crate) timeout: SignedDuration,
}

impl Start<'_> {
    /// Starts attempt `number` of `base`; or finds that it is started already, or has to wait.
    ///
    /// A name that an earlier snapshot of the same day has makes it the next number.
    pub(crate) async fn run(
        &self,
        rds: &Rds,
        base: &str,
        number: u32,
    ) -> Result<Verdict, AwsError> {
        for number in number..=LAST_ATTEMPT {
            let id = attempt_name(base, number);
            let error = match rds.start(&id, &self.order).await {
                Ok(task) => {
                    tracing::info!(task = id, snapshot = self.snapshot.id, "export started");
                    return Ok(waits_for(&id, progress(&task)));
                }
                Err(error) => error,
            };
            if error.code() != Some("ExportTaskAlreadyExists") {
                return self.not_started(&id, error);
            }
            match rds.task(&id).await? {
                Some(task) if self.is_ours(&task) => {
                    tracing::info!(task = id, "export was started already");
                    return Ok(waits_for(&id, progress(&task)));
                }
                Some(task) if !self.is_of_source(&task) => return Ok(taken(&id, &task)),
                // The name is gone: to an earlier snapshot of the day, or to another bucket.
                Some(_) => {}
                None => {
                    return Ok(waits_for(
                        &id,
                        format!("export task {id} is not listed yet"),
                    ));
                }
            }
        }
        Ok(Verdict::Unverified(
            Unverified::failed(
                format!(
                    "all names from {base} to {} are taken",
                    attempt_name(base, LAST_ATTEMPT)
                ),
                "export this snapshot by hand; tomorrow's has new names",
            )
            .settled(),
        ))
    }

    fn is_ours(&self, task: &Task) -> bool {
        task.source_arn == self.snapshot.arn && task.bucket == self.order.bucket
    }

    fn is_of_source(&self, task: &Task) -> bool {
        is_automated(&task.source_arn, self.source)
            || self
                .siblings
                .iter()
                .any(|sibling| sibling.arn == task.source_arn)
    }

    fn not_started(&self, id: &str, error: AwsError) -> Result<Verdict, AwsError> {
        let code = error.code().unwrap_or_default();
        // The SDK's model does not know the name of the limit's fault, and it has been seen with and without `Fault`.
        if code.starts_with("ExportTaskLimitReached") {
            let words = format!("the account's export tasks are all in use; {id} is queued");
            return Ok(waits_for(id, words));
        }
        let age = self.now.duration_since(self.snapshot.created);
        if code == "InvalidExportSourceState" && age <= self.timeout {
            let snapshot = &self.snapshot.id;
            let words =
                format!("snapshot {snapshot} can't be exported at the moment; {id} is queued");
            return Ok(waits_for(id, words));
        }
        if error.is_retryable() {
            return Err(error);
        }
        let repair = repair_of(code);
        Ok(Verdict::Unverified(Unverified::failed(
            chain(&error),
            repair,
        )))
    }
}

fn taken(id: &str, task: &Task) -> Verdict {
    Verdict::Unverified(Unverified::failed(
        format!(
            "export task {id} exists already, for another source: {}",
            task.source_arn
        ),
        "give this deployment another ENV, or rename what started the other; \
         names of export tasks can't be used twice",
    ))
}

/// What a person can do where RDS refuses to start.
fn repair_of(code: &str) -> &'static str {
    match code {
        "InvalidS3BucketFault" | "InvalidS3Bucket" => {
            "S3_EXPORT_BUCKET_NAME must be a bucket in the snapshot's Region that the export role may write to"
        }
        "IamRoleNotFound" => {
            "S3_EXPORT_IAM_ROLE_ARN must be a role of this account; ./deploy.sh aws makes it"
        }
        "IamRoleMissingPermissions" => {
            "the export role must trust export.rds.amazonaws.com and may put, get, list and delete in the bucket"
        }
        "KMSKeyNotAccessibleFault" => {
            "KMS_KEY_ID must be an enabled symmetric key in this Region whose policy allows the export role and this function"
        }
        "InvalidExportOnly" => {
            "EXPORT_ONLY must name databases, schemas or tables that the snapshot has"
        }
        "InvalidExportSourceState" => {
            "see in the RDS console why the snapshot can't be exported; not all engines and versions can"
        }
        "DBSnapshotNotFound" | "DBSnapshotNotFoundFault" | "DBClusterSnapshotNotFoundFault" => {
            "the snapshot was removed meanwhile; the next one is exported as soon as it is there"
        }
        "AccessDenied" | "AccessDeniedException" | "NotAuthorized" | "UnauthorizedOperation" => {
            "the function's role needs rds:StartExportTask, iam:PassRole on the export role, kms:DescribeKey and kms:CreateGrant on the key"
        }
        _ => "put right what RDS names; the next tick tries again",
    }
}

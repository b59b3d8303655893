//! Amazon RDS, as far as it is used: the one file that names the SDK's types.

use aws_client::{AwsError, pages};
use aws_sdk_rds::Client;
use aws_sdk_rds::primitives::DateTime;
use aws_sdk_rds::types::{DbClusterSnapshot, DbSnapshot, ExportTask, Filter};
use function_core::{Env, Retryable as _};
use jiff::Timestamp;

use crate::source::{Kind, Snapshot, Source, Status, Task};

/// What an export is started with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order<'a> {
    pub(crate) source_arn: &'a str,
    pub(crate) bucket: &'a str,
    pub(crate) prefix: &'a str,
    pub(crate) role: &'a str,
    pub(crate) key: &'a str,
    pub(crate) only: &'a [String],
}

/// Amazon RDS in one Region.
#[derive(Clone, Debug)]
pub(crate) struct Rds(Client);

impl Rds {
    /// Makes the client; nothing is asked of the service.
    pub(crate) async fn connect(env: &Env) -> Self {
        Self(Client::new(&aws_client::config(env, "RDS").await))
    }

    /// The snapshots of `source` that are of the type `snapshot_type`.
    pub(crate) async fn snapshots(
        &self,
        source: &Source,
        snapshot_type: &str,
    ) -> Result<Vec<Snapshot>, AwsError> {
        let found = match source.kind {
            Kind::Cluster => self.cluster_snapshots(&source.id, snapshot_type).await?,
            Kind::Instance => self.instance_snapshots(&source.id, snapshot_type).await?,
        };
        let of_type = |snapshot: &Snapshot| is_of_type(&snapshot.origin, snapshot_type);
        Ok(found.into_iter().filter(of_type).collect())
    }

    async fn cluster_snapshots(
        &self,
        id: &str,
        snapshot_type: &str,
    ) -> Result<Vec<Snapshot>, AwsError> {
        pages(move |marker| async move {
            let request = self.0.describe_db_cluster_snapshots();
            let request = request
                .db_cluster_identifier(id)
                .snapshot_type(snapshot_type);
            let answer = request.set_marker(marker).send().await;
            let answer =
                answer.map_err(|error| AwsError::of("DescribeDBClusterSnapshots", id, &error))?;
            let snapshots = answer.db_cluster_snapshots.unwrap_or_default();
            let snapshots = snapshots.into_iter().filter_map(of_cluster).collect();
            Ok((snapshots, answer.marker))
        })
        .await
    }

    async fn instance_snapshots(
        &self,
        id: &str,
        snapshot_type: &str,
    ) -> Result<Vec<Snapshot>, AwsError> {
        pages(move |marker| async move {
            let request = self.0.describe_db_snapshots();
            let request = request
                .db_instance_identifier(id)
                .snapshot_type(snapshot_type);
            let answer = request.set_marker(marker).send().await;
            let answer = answer.map_err(|error| AwsError::of("DescribeDBSnapshots", id, &error))?;
            let snapshots = answer.db_snapshots.unwrap_or_default();
            let snapshots = snapshots.into_iter().filter_map(of_instance).collect();
            Ok((snapshots, answer.marker))
        })
        .await
    }

    /// Whether there is such a cluster or instance; `None` where the role may not ask.
    pub(crate) async fn exists(&self, source: &Source) -> Result<Option<bool>, AwsError> {
        let id = source.id.as_str();
        let asked = match source.kind {
            Kind::Cluster => {
                let request = self.0.describe_db_clusters().db_cluster_identifier(id);
                let answer = request.send().await;
                answer
                    .map(|answer| !answer.db_clusters().is_empty())
                    .map_err(|error| AwsError::of("DescribeDBClusters", id, &error))
            }
            Kind::Instance => {
                let request = self.0.describe_db_instances().db_instance_identifier(id);
                let answer = request.send().await;
                answer
                    .map(|answer| !answer.db_instances().is_empty())
                    .map_err(|error| AwsError::of("DescribeDBInstances", id, &error))
            }
        };
        match asked {
            Ok(exists) => Ok(Some(exists)),
            Err(error) if error.is_retryable() => Err(error),
            Err(error) => match error.code() {
                Some(
                    "DBClusterNotFoundFault" | "DBInstanceNotFound" | "DBInstanceNotFoundFault",
                ) => Ok(Some(false)),
                _ => Ok(None),
            },
        }
    }

    /// The export tasks of a snapshot, whoever started them.
    pub(crate) async fn tasks_of(&self, source_arn: &str) -> Result<Vec<Task>, AwsError> {
        let tasks = pages(move |marker| async move {
            let request = self.0.describe_export_tasks().source_arn(source_arn);
            let answer = request.set_marker(marker).send().await;
            let answer =
                answer.map_err(|error| AwsError::of("DescribeExportTasks", source_arn, &error))?;
            Ok((tasks(answer.export_tasks), answer.marker))
        })
        .await?;
        let of_source = |task: &Task| task.source_arn == source_arn;
        Ok(tasks.into_iter().filter(of_source).collect())
    }

    /// The task called `id`, if there is one.
    pub(crate) async fn task(&self, id: &str) -> Result<Option<Task>, AwsError> {
        let request = self.0.describe_export_tasks().export_task_identifier(id);
        match request.send().await {
            Ok(answer) => Ok(tasks(answer.export_tasks)
                .into_iter()
                .find(|task| task.id == id)),
            Err(error) => match AwsError::of("DescribeExportTasks", id, &error) {
                error if error.code() == Some("ExportTaskNotFound") => Ok(None),
                error => Err(error),
            },
        }
    }

    /// How many export tasks run in the account.
    pub(crate) async fn running(&self) -> Result<usize, AwsError> {
        // The filter's words are in lower case, those of the answer in capitals.
        let filter = Filter::builder()
            .name("status")
            .values("starting")
            .values("in_progress")
            .values("canceling")
            .build();
        let filter = &filter;
        let found = pages(move |marker| async move {
            let request = self.0.describe_export_tasks().filters(filter.clone());
            let answer = request.set_marker(marker).send().await;
            let answer = answer
                .map_err(|error| AwsError::of("DescribeExportTasks", "the account", &error))?;
            Ok((tasks(answer.export_tasks), answer.marker))
        })
        .await?;
        Ok(found.iter().filter(|task| task.status.is_running()).count())
    }

    /// Starts the export called `id`.
    pub(crate) async fn start(&self, id: &str, order: &Order<'_>) -> Result<Task, AwsError> {
        let request = self.0.start_export_task();
        let request = request
            .export_task_identifier(id)
            .source_arn(order.source_arn)
            .s3_bucket_name(order.bucket)
            .iam_role_arn(order.role)
            .kms_key_id(order.key)
            .set_s3_prefix(some(order.prefix))
            .set_export_only(Some(order.only.to_vec()).filter(|only| !only.is_empty()));
        let answer = request.send().await;
        let answer = answer.map_err(|error| AwsError::of("StartExportTask", id, &error))?;
        Ok(Task {
            id: id.to_owned(),
            source_arn: order.source_arn.to_owned(),
            bucket: order.bucket.to_owned(),
            prefix: order.prefix.to_owned(),
            only: order.only.to_vec(),
            status: Status::of(answer.status().unwrap_or("STARTING")),
            percent: answer.percent_progress.unwrap_or(0),
            started: time(answer.task_start_time),
            ended: None,
            failure_cause: answer.failure_cause,
            warning_message: answer.warning_message,
        })
    }
}

/// Whether an answer's `origin` is the type that was `wanted`. The request asks for it already, so an answer that leaves it
/// out is believed.
fn is_of_type(origin: &str, wanted: &str) -> bool {
    origin.is_empty() || origin.eq_ignore_ascii_case(wanted)
}

fn of_cluster(snapshot: DbClusterSnapshot) -> Option<Snapshot> {
    Some(Snapshot {
        id: snapshot.db_cluster_snapshot_identifier?,
        arn: snapshot.db_cluster_snapshot_arn?,
        created: time(snapshot.snapshot_create_time)?,
        origin: snapshot.snapshot_type.unwrap_or_default(),
        status: snapshot.status.unwrap_or_default(),
        engine: snapshot.engine.unwrap_or_default(),
    })
}

fn of_instance(snapshot: DbSnapshot) -> Option<Snapshot> {
    Some(Snapshot {
        id: snapshot.db_snapshot_identifier?,
        arn: snapshot.db_snapshot_arn?,
        created: time(snapshot.snapshot_create_time)?,
        origin: snapshot.snapshot_type.unwrap_or_default(),
        status: snapshot.status.unwrap_or_default(),
        engine: snapshot.engine.unwrap_or_default(),
    })
}

fn tasks(found: Option<Vec<ExportTask>>) -> Vec<Task> {
    found.into_iter().flatten().filter_map(of_task).collect()
}

fn of_task(task: ExportTask) -> Option<Task> {
    Some(Task {
        id: task.export_task_identifier?,
        source_arn: task.source_arn.unwrap_or_default(),
        bucket: task.s3_bucket.unwrap_or_default(),
        prefix: task.s3_prefix.unwrap_or_default(),
        only: task.export_only.unwrap_or_default(),
        status: Status::of(&task.status.unwrap_or_default()),
        percent: task.percent_progress.unwrap_or(0),
        started: time(task.task_start_time),
        ended: time(task.task_end_time),
        failure_cause: task.failure_cause.filter(|cause| !cause.is_empty()),
        warning_message: task.warning_message.filter(|words| !words.is_empty()),
    })
}

fn time(time: Option<DateTime>) -> Option<Timestamp> {
    let time = time?;
    Timestamp::new(time.secs(), i32::try_from(time.subsec_nanos()).ok()?).ok()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_that_is_left_out_or_in_other_letters_is_the_one_that_was_asked_for() {
        for (origin, expected) in [
            ("automated", true),
            ("Automated", true),
            ("", true),
            ("manual", false),
        ] {
            assert_eq!(is_of_type(origin, "automated"), expected, "{origin}");
        }
    }
}

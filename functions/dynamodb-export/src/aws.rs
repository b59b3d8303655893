//! DynamoDB: the one file that names a type of its SDK.

use aws_client::{AwsError, pages};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::primitives::DateTime;
use aws_sdk_dynamodb::types::{
    ContinuousBackupsDescription, ContinuousBackupsStatus, ExportDescription, ExportFormat,
    ExportType, ExportViewType, IncrementalExportSpecification, PointInTimeRecoveryStatus,
    S3SseAlgorithm, TableDescription,
};
use dynamodb_format::KeySchema;
use function_core::Env;
use jiff::Timestamp;

use crate::export::{Export, Recovery, Scope, Status, Table};
use crate::order::{Order, Place};

/// The view of incremental exports. Old images cost no more to export, and with them a link can be checked against the one
/// before, and undone.
pub(crate) const VIEW: &str = "NEW_AND_OLD_IMAGES";

/// DynamoDB. Cloning is cheap.
#[derive(Clone, Debug)]
pub(crate) struct DynamoDb {
    client: Client,
}

/// How exports are written, beside where.
#[derive(Clone, Debug)]
pub(crate) struct Destination {
    pub(crate) place: Place,
    pub(crate) owner: Option<String>,
    pub(crate) key: Option<String>,
}

impl DynamoDb {
    pub(crate) async fn connect(env: &Env) -> Self {
        Self {
            client: Client::new(&aws_client::config(env, "DYNAMODB").await),
        }
    }

    /// The names of all tables.
    pub(crate) async fn tables(&self) -> Result<Vec<String>, AwsError> {
        pages(move |name| async move {
            let request = self.client.list_tables();
            let page = request.set_exclusive_start_table_name(name).send().await;
            let page = page.map_err(|error| AwsError::of("ListTables", "all tables", &error))?;
            Ok((
                page.table_names.unwrap_or_default(),
                page.last_evaluated_table_name,
            ))
        })
        .await
    }

    /// The tags of a table; none where it was deleted since it was listed.
    pub(crate) async fn tags(&self, arn: &str) -> Result<Vec<(String, String)>, AwsError> {
        let tags = pages(move |token| async move {
            let request = self.client.list_tags_of_resource().resource_arn(arn);
            let page = request.set_next_token(token).send().await;
            let page = page.map_err(|error| AwsError::of("ListTagsOfResource", arn, &error))?;
            let tags = page.tags.unwrap_or_default().into_iter();
            let tags = tags.map(|tag| (tag.key, tag.value)).collect();
            Ok((tags, page.next_token))
        });
        let tags = unless(tags.await, "ResourceNotFoundException")?;
        Ok(tags.unwrap_or_default())
    }

    /// A table by its name or ARN; `None` where there is none.
    pub(crate) async fn table(&self, name: &str) -> Result<Option<Table>, AwsError> {
        let answer = self.client.describe_table().table_name(name).send().await;
        let answer = answer.map_err(|error| AwsError::of("DescribeTable", name, &error));
        let Some(answer) = unless(answer, "ResourceNotFoundException")? else {
            return Ok(None);
        };
        let described = answer
            .table
            .unwrap_or_else(|| TableDescription::builder().build());
        Ok(Some(Table {
            keys: keys(&described),
            size_bytes: count(described.table_size_bytes).unwrap_or(0),
            items: count(described.item_count).unwrap_or(0),
            arn: described.table_arn.unwrap_or_default(),
            id: described.table_id.unwrap_or_default(),
        }))
    }

    /// How far back a table can be exported; `None` where there is no such table.
    pub(crate) async fn recovery(&self, name: &str) -> Result<Option<Recovery>, AwsError> {
        let request = self.client.describe_continuous_backups().table_name(name);
        let answer = request.send().await;
        let answer =
            answer.map_err(|error| AwsError::of("DescribeContinuousBackups", name, &error));
        let answer = unless(answer, "TableNotFoundException")?;
        Ok(answer.map(|answer| recovery(answer.continuous_backups_description)))
    }

    /// The ARNs of all exports of a table that are known.
    pub(crate) async fn exports(&self, table_arn: &str) -> Result<Vec<String>, AwsError> {
        pages(move |token| async move {
            let request = self.client.list_exports().table_arn(table_arn);
            let page = request.set_next_token(token).send().await;
            let page = page.map_err(|error| AwsError::of("ListExports", table_arn, &error))?;
            let summaries = page.export_summaries.unwrap_or_default().into_iter();
            let arns = summaries.filter_map(|summary| summary.export_arn);
            Ok((arns.collect(), page.next_token))
        })
        .await
    }

    /// An export; `None` where the service does not know it.
    pub(crate) async fn export(&self, arn: &str) -> Result<Option<Export>, AwsError> {
        let answer = self.client.describe_export().export_arn(arn).send().await;
        let answer = answer.map_err(|error| AwsError::of("DescribeExport", arn, &error));
        let answer = unless(answer, "ExportNotFoundException")?;
        Ok(answer
            .and_then(|answer| answer.export_description)
            .map(export))
    }

    /// Starts what is ordered, or finds what was started with its token.
    pub(crate) async fn start(
        &self,
        order: &Order,
        destination: &Destination,
    ) -> Result<Export, AwsError> {
        let Destination { place, owner, key } = destination;
        let request = self
            .client
            .export_table_to_point_in_time()
            .table_arn(&order.table_arn)
            .client_token(&order.client_token)
            .s3_bucket(&place.bucket)
            .set_s3_prefix(Some(place.prefix.clone()).filter(|prefix| !prefix.is_empty()))
            .set_s3_bucket_owner(owner.clone())
            .set_s3_sse_algorithm(key.as_ref().map(|_| S3SseAlgorithm::Kms))
            .set_s3_sse_kms_key_id(key.clone())
            .export_format(ExportFormat::DynamodbJson);
        let request = match order.scope {
            Scope::Full { time } => request
                .export_type(ExportType::FullExport)
                .export_time(date_time(time)),
            Scope::Incremental { from, to } => request
                .export_type(ExportType::IncrementalExport)
                .incremental_export_specification(
                    IncrementalExportSpecification::builder()
                        .export_from_time(date_time(from))
                        .export_to_time(date_time(to))
                        .export_view_type(ExportViewType::from(VIEW))
                        .build(),
                ),
        };
        let answer = request
            .send()
            .await
            .map_err(|error| AwsError::of("ExportTableToPointInTime", &order.table_arn, &error))?;
        let described = answer.export_description;
        Ok(export(
            described.unwrap_or_else(|| ExportDescription::builder().build()),
        ))
    }
}

/// The answer, or `None` where it was refused with `code`.
fn unless<T>(answer: Result<T, AwsError>, code: &str) -> Result<Option<T>, AwsError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.code() == Some(code) => Ok(None),
        Err(error) => Err(error),
    }
}

fn keys(described: &TableDescription) -> Option<KeySchema> {
    let roles = described.key_schema.iter().flatten();
    let roles = roles.map(|element| (element.key_type.as_str(), element.attribute_name.as_str()));
    let types = described.attribute_definitions.iter().flatten();
    let types = types.map(|definition| {
        (
            definition.attribute_name.as_str(),
            definition.attribute_type.as_str(),
        )
    });
    KeySchema::described(&roles, &types)
}

fn recovery(described: Option<ContinuousBackupsDescription>) -> Recovery {
    let Some(described) = described else {
        return Recovery::TooYoung;
    };
    if described.continuous_backups_status != ContinuousBackupsStatus::Enabled {
        return Recovery::TooYoung;
    }
    let Some(recovery) = described.point_in_time_recovery_description else {
        return Recovery::Off;
    };
    let status = recovery.point_in_time_recovery_status;
    if status == Some(PointInTimeRecoveryStatus::Disabled) {
        return Recovery::Off;
    }
    let window = (
        recovery.earliest_restorable_date_time.as_ref(),
        recovery.latest_restorable_date_time.as_ref(),
    );
    match window {
        (None, None) if status != Some(PointInTimeRecoveryStatus::Enabled) => Recovery::TooYoung,
        // What it does not tell, the service itself refuses when the export is started.
        (earliest, latest) => Recovery::On {
            earliest: earliest.map_or(Timestamp::UNIX_EPOCH, timestamp),
            latest: latest.map_or(Timestamp::UNIX_EPOCH, timestamp),
        },
    }
}

fn export(described: ExportDescription) -> Export {
    let window = described.incremental_export_specification;
    let window = window.and_then(|window| window.export_from_time.zip(window.export_to_time));
    let scope = match window {
        Some((from, to)) => Some(Scope::Incremental {
            from: timestamp(&from),
            to: timestamp(&to),
        }),
        None => described.export_time.map(|time| Scope::Full {
            time: timestamp(&time),
        }),
    };
    let status = described.export_status;
    Export {
        status: Status::of(status.as_ref().map_or("", |status| status.as_str())),
        scope,
        started: described.start_time.as_ref().map(timestamp),
        ended: described.end_time.as_ref().map(timestamp),
        items: count(described.item_count),
        arn: described.export_arn.unwrap_or_default(),
        token: described.client_token.unwrap_or_default(),
        place: Place {
            bucket: described.s3_bucket.unwrap_or_default(),
            prefix: described
                .s3_prefix
                .map_or_else(String::new, |prefix| prefix.trim_matches('/').to_owned()),
        },
        failure_code: described.failure_code.unwrap_or_default(),
        failure_message: described.failure_message.unwrap_or_default(),
    }
}

fn count(number: Option<i64>) -> Option<u64> {
    number.and_then(|number| u64::try_from(number).ok())
}

fn timestamp(time: &DateTime) -> Timestamp {
    let nanos = i32::try_from(time.subsec_nanos()).unwrap_or(0);
    Timestamp::new(time.secs(), nanos).unwrap_or_default()
}

fn date_time(time: Timestamp) -> DateTime {
    DateTime::from_secs(time.as_second())
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::PointInTimeRecoveryDescription;

    use super::*;

    fn told(status: Option<PointInTimeRecoveryStatus>) -> Recovery {
        let description = PointInTimeRecoveryDescription::builder()
            .set_point_in_time_recovery_status(status)
            .build();
        let described = ContinuousBackupsDescription::builder()
            .continuous_backups_status(ContinuousBackupsStatus::Enabled)
            .point_in_time_recovery_description(description)
            .build();
        recovery(described.ok())
    }

    #[test]
    fn recovery_that_is_on_without_a_window_leaves_the_window_to_the_service() {
        let on = Recovery::On {
            earliest: Timestamp::UNIX_EPOCH,
            latest: Timestamp::UNIX_EPOCH,
        };
        assert_eq!(told(Some(PointInTimeRecoveryStatus::Enabled)), on);
        assert_eq!(told(None), Recovery::TooYoung);
        let off = told(Some(PointInTimeRecoveryStatus::Disabled));
        assert_eq!(off, Recovery::Off);
    }
}

//! A new table out of an export, by the service itself.

use aws_client::AwsError;
use aws_sdk_dynamodb::types::{
    BillingMode, InputCompressionType, InputFormat, S3BucketSource, TableCreationParameters,
};

use crate::describe::number;
use crate::tables::{definitions, elements};
use crate::{NewTable, TableError, Tables};

/// A new table out of an export's data files in S3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The table to be made. Its tags are not set: the service takes none here.
    pub table: NewTable,
    /// The bucket.
    pub bucket: String,
    /// The account that the bucket belongs to, where it is another one.
    pub bucket_owner: Option<String>,
    /// What the keys of the data files begin with, such as `AWSDynamoDB/{export id}/data/`.
    pub key_prefix: String,
    /// The same token names the same import for 8 hours.
    pub client_token: String,
}

/// How an import stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportState {
    /// Its status.
    pub status: ImportStatus,
    /// The table's ARN.
    pub table_arn: String,
    /// The table's id.
    pub table_id: String,
    /// Items read.
    pub processed_items: u64,
    /// Items written. Two of one key count once, or not at all.
    pub imported_items: u64,
    /// Items that could not be written; the table lacks them.
    pub errors: u64,
    /// Bytes read.
    pub processed_bytes: u64,
    /// Why it failed, in the service's words; else empty.
    pub failure: String,
}

/// The status of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportStatus {
    /// It runs.
    InProgress,
    /// It ended; some items may be missing all the same.
    Completed,
    /// Somebody stopped it, or it failed; the table may hold a part.
    Failed,
    /// One that is not known here.
    Unknown(String),
}

impl Tables {
    /// Starts an import, or finds the one that was started with its token. Gives its ARN.
    ///
    /// # Errors
    /// The service refuses: the table exists, the bucket can't be read.
    pub async fn start_import(&self, import: &Import) -> Result<String, TableError> {
        let source = S3BucketSource::builder()
            .s3_bucket(&import.bucket)
            .s3_key_prefix(&import.key_prefix)
            .set_s3_bucket_owner(import.bucket_owner.clone())
            .build()
            .unwrap_or_else(|_| unreachable!("it has a bucket"));
        let NewTable { name, key, .. } = &import.table;
        let table = TableCreationParameters::builder()
            .table_name(name)
            .set_key_schema(Some(elements(key)))
            .set_attribute_definitions(Some(definitions(key)))
            .billing_mode(BillingMode::PayPerRequest)
            .build()
            .unwrap_or_else(|_| unreachable!("it has a name, a key and its types"));
        let request = self
            .client
            .import_table()
            .client_token(&import.client_token)
            .s3_bucket_source(source)
            .input_format(InputFormat::DynamodbJson)
            .input_compression_type(InputCompressionType::Gzip)
            .table_creation_parameters(table);
        let answer = request.send().await;
        let answer = answer.map_err(|error| AwsError::of("ImportTable", name, &error));
        let answer = match answer {
            Err(error) if error.code() == Some("ResourceInUseException") => {
                return Err(TableError::Exists {
                    table: name.clone(),
                });
            }
            answer => answer?,
        };
        let described = answer.import_table_description;
        described
            .and_then(|described| described.import_arn)
            .ok_or_else(|| lacks("ImportTable", name, "the import's ARN"))
    }

    /// How an import stands.
    ///
    /// # Errors
    /// The service refuses, or was not reached.
    pub async fn import(&self, arn: &str) -> Result<ImportState, TableError> {
        let answer = self.client.describe_import().import_arn(arn).send().await;
        let answer = answer.map_err(|error| AwsError::of("DescribeImport", arn, &error))?;
        let described = answer.import_table_description;
        let described = described.ok_or_else(|| lacks("DescribeImport", arn, "the import"))?;
        let status = described.import_status.as_ref();
        let parts = [described.failure_code, described.failure_message];
        Ok(ImportState {
            status: ImportStatus::of(status.map_or("", |status| status.as_str())),
            table_arn: described.table_arn.unwrap_or_default(),
            table_id: described.table_id.unwrap_or_default(),
            processed_items: number(Some(described.processed_item_count)),
            imported_items: number(Some(described.imported_item_count)),
            errors: number(Some(described.error_count)),
            processed_bytes: number(described.processed_size_bytes),
            failure: parts.into_iter().flatten().collect::<Vec<_>>().join(": "),
        })
    }
}

impl ImportStatus {
    fn of(status: &str) -> Self {
        match status {
            "IN_PROGRESS" => Self::InProgress,
            "COMPLETED" => Self::Completed,
            "CANCELLING" | "CANCELLED" | "FAILED" => Self::Failed,
            other => Self::Unknown(other.to_owned()),
        }
    }
}

fn lacks(operation: &'static str, resource: &str, part: &'static str) -> TableError {
    TableError::Answer {
        operation,
        resource: resource.to_owned(),
        part,
    }
}

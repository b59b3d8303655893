//! What the service's answers mean to a person.

use std::error::Error;

use aws_client::{AwsError, CREDENTIALS_REPAIR};
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use super::Bucket;
use crate::StoreError;

type Source = Box<dyn Error + Send + Sync>;

/// What was tried, and on which object.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    operation: &'static str,
    bucket: String,
    object: String,
}

/// The service's own words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Words(String);

impl Fault {
    pub(super) fn reading(bucket: &Bucket, key: &str) -> Self {
        Self::new("reading", bucket, key)
    }

    pub(super) fn writing(bucket: &Bucket, key: &str) -> Self {
        Self::new("writing", bucket, key)
    }

    pub(super) fn listing(bucket: &Bucket, prefix: &str) -> Self {
        Self::new("listing", bucket, prefix)
    }

    pub(super) fn deleting(bucket: &Bucket, key: &str) -> Self {
        Self::new("deleting", bucket, key)
    }

    fn new(operation: &'static str, bucket: &Bucket, key: &str) -> Self {
        Self {
            operation,
            bucket: bucket.0.bucket.clone(),
            object: bucket.url(key),
        }
    }

    pub(super) fn not_found(self) -> StoreError {
        StoreError::NotFound {
            object: self.object,
        }
    }

    pub(super) fn interrupted(self, source: impl Into<Source>) -> StoreError {
        let Self {
            operation, object, ..
        } = self;
        StoreError::Interrupted {
            operation,
            object,
            source: source.into(),
        }
    }

    pub(super) fn refused(
        self,
        repair: impl Into<String>,
        source: impl Into<Source>,
    ) -> StoreError {
        let Self {
            operation, object, ..
        } = self;
        StoreError::Refused {
            operation,
            object,
            repair: repair.into(),
            source: source.into(),
        }
    }

    /// The store's error for what the client library reports.
    pub(super) fn service<E>(self, error: &SdkError<E, HttpResponse>) -> StoreError
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let error = AwsError::of(self.operation, &self.object, error);
        if error.is_without_credentials() {
            return self.no_credentials(Words(error.said()));
        }
        match error {
            AwsError::Refused {
                status, ref code, ..
            } => self.status(status, code, Words(error.said())),
            AwsError::Unreached { source, .. } => self.interrupted(source),
            AwsError::Unsent { repair, source, .. } => self.refused(repair, source),
        }
    }

    /// **Source**: Amazon S3 API Reference, "Error responses"; User Guide, "Conditional requests".
    fn status(self, status: u16, code: &str, words: Words) -> StoreError {
        match (status, code) {
            (_, "NoSuchBucket") => {
                let repair = format!("create the bucket {}, or correct its name", self.bucket);
                self.refused(repair, words)
            }
            (301, _)
            | (_, "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException") => {
                self.refused("set AWS_REGION to the region of the bucket", words)
            }
            (412, _) | (_, "ConditionalRequestConflict") => self.precondition(),
            // Somebody aborted the upload.
            (_, "NoSuchUpload") => self.interrupted(words),
            // `If-Match`, and the object was deleted.
            (404, _) if self.operation == "writing" => self.precondition(),
            (404, _) => self.not_found(),
            (_, "BadDigest" | "InvalidDigest" | "XAmzContentChecksumMismatch") => {
                StoreError::Corrupt {
                    object: self.object,
                    detail: words.0,
                }
            }
            (408 | 429 | 500.., _) | (_, "RequestTimeout" | "OperationAborted" | "SlowDown") => {
                self.interrupted(words)
            }
            (403, _) => {
                let repair = self.missing_action(&words);
                self.refused(repair, words)
            }
            _ => self.refused("see what the service says", words),
        }
    }

    fn precondition(self) -> StoreError {
        StoreError::Precondition {
            object: self.object,
        }
    }

    fn no_credentials(self, words: Words) -> StoreError {
        self.refused(CREDENTIALS_REPAIR, words)
    }

    /// **Source**: Amazon S3 User Guide, "Required permissions for Amazon S3 API operations".
    fn missing_action(&self, words: &Words) -> String {
        let Self { bucket, object, .. } = self;
        if words.0.contains("kms:") {
            return "allow kms:GenerateDataKey and kms:Decrypt with the bucket's key".to_owned();
        }
        let bucket_too = format!("and s3:ListBucket on arn:aws:s3:::{bucket}");
        let path = object.trim_start_matches("s3://");
        match self.operation {
            "writing" => format!("allow s3:PutObject on arn:aws:s3:::{path}"),
            "deleting" => format!("allow s3:DeleteObject on arn:aws:s3:::{path}"),
            "listing" => format!("allow s3:ListBucket on arn:aws:s3:::{bucket}"),
            // Without the second, an object that is not there is refused as well.
            _ => format!("allow s3:GetObject on arn:aws:s3:::{path} {bucket_too}"),
        }
    }
}

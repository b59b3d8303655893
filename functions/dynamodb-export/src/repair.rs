//! What a person can do, in words that stay the same from tick to tick, so that they are told once.

use jiff::civil::Date;

use crate::order::Place;

/// How to switch point-in-time recovery on.
pub(crate) fn switch_on(table: &str) -> String {
    format!(
        "aws dynamodb update-continuous-backups --table-name {table} \
         --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true"
    )
}

/// How to export a day once more.
pub(crate) fn export_again(table: &str, date: Date) -> String {
    format!(
        "to export the day once more, send {{\"source\": \"{table}\", \"date\": \"{date}\", \"force\": true}}"
    )
}

/// What to do about an export that ended FAILED with `code`.
pub(crate) fn failed(code: &str, message: &str, place: &Place, key: Option<&str>) -> String {
    let Place { bucket, .. } = place;
    let has = |word: &str| code.contains(word) || message.contains(word);
    if has("NoSuchBucket") {
        format!("create the bucket {bucket}, or correct EXPORT_S3_BUCKET")
    } else if has("KMS") || has("kms:") {
        let key = key.unwrap_or("of the bucket");
        format!(
            "allow kms:GenerateDataKey and kms:Decrypt with the key {key} to this function's role, \
             in the policies of both; the key must be in the bucket's Region"
        )
    } else if has("AccessDenied") {
        format!(
            "allow s3:PutObject, s3:PutObjectAcl and s3:AbortMultipartUpload on arn:aws:s3:::{bucket}/* to this \
             function's role, and see that the bucket's policy denies none of it; S3_BUCKET_OWNER is needed for \
             another account's bucket"
        )
    } else {
        "see what DynamoDB says".to_owned()
    }
}

//! What the service's answers mean to a person.

use std::error::Error;

use function_core::chain;
use google_cloud_storage::error::WriteError;
use google_cloud_storage::model::Object;

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
    pub(super) fn opening(bucket: &str) -> Self {
        Self::new("opening", bucket, "")
    }

    pub(super) fn reading(bucket: &Bucket, key: &str) -> Self {
        Self::new("reading", &bucket.0.bucket, key)
    }

    pub(super) fn writing(bucket: &Bucket, key: &str) -> Self {
        Self::new("writing", &bucket.0.bucket, key)
    }

    pub(super) fn new(operation: &'static str, bucket: &str, key: &str) -> Self {
        let object = format!("gs://{bucket}/{key}");
        Self {
            operation,
            bucket: bucket.to_owned(),
            object,
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

    pub(super) fn no_credentials(self, source: impl Into<Source>) -> StoreError {
        let repair = "run it as a service account on Google Cloud, or sign in with \
                      `gcloud auth application-default login`";
        self.refused(repair.to_owned(), source.into())
    }

    pub(super) fn no_client(self, source: impl Into<Source>) -> StoreError {
        let repair = "correct STORAGE_EMULATOR_HOST, or unset it".to_owned();
        self.refused(repair, source.into())
    }

    /// The store's error for what the client library reports.
    pub(super) fn client(self, error: &google_cloud_storage::Error) -> StoreError {
        let words = Words(without_session(&chain(error)));
        if let Some(status) = error.http_status_code() {
            return self.status(status, words);
        }
        if error.is_authentication() {
            return self.no_token(error, error.is_transient_and_before_rpc());
        }
        self.interrupted(words)
    }

    /// The store's error for a token that could not be fetched.
    pub(super) fn no_token(self, error: &dyn Error, is_transient: bool) -> StoreError {
        let words = chain(error);
        // Outside of Google Cloud nobody knows the name of its metadata server.
        let is_elsewhere =
            words.contains("metadata.google.internal") && words.contains("dns error");
        if is_transient && !is_elsewhere {
            return self.interrupted(Words(words));
        }
        self.no_credentials(Words(words))
    }

    /// The store's error for an answer with `status` and `body`.
    pub(super) fn answer(self, status: u16, body: &[u8]) -> StoreError {
        let body = String::from_utf8_lossy(body);
        let message = serde_json::from_str::<serde_json::Value>(&body)
            .ok()
            .and_then(|answer| Some(answer.pointer("/error/message")?.as_str()?.to_owned()))
            .unwrap_or_else(|| body.chars().take(200).collect());
        self.status(status, Words(format!("status {status}: {message}")))
    }

    /// **Source**: Cloud Storage JSON API, "HTTP status and error codes for JSON".
    fn status(self, status: u16, words: Words) -> StoreError {
        match status {
            // 410: the upload's session is gone; a new upload begins a new one.
            408 | 410 | 429 | 500.. => self.interrupted(words),
            401 => self.no_credentials(words),
            403 => {
                let repair = self.missing_role();
                self.refused(repair, words.into())
            }
            404 if self.is_bucket(&words) => {
                let repair = format!("create the bucket {}, or correct its name", self.bucket);
                self.refused(repair, words.into())
            }
            404 => self.not_found(),
            412 => StoreError::Precondition {
                object: self.object,
            },
            400 if words.0.to_lowercase().contains("crc32c") => StoreError::Corrupt {
                object: self.object,
                detail: words.0,
            },
            _ => self.refused("see what the service says".to_owned(), words.into()),
        }
    }

    /// Whether it is the bucket that does not exist: nothing else can be missing for a write.
    fn is_bucket(&self, words: &Words) -> bool {
        matches!(self.operation, "writing" | "listing") || words.0.contains("bucket does not exist")
    }

    /// **Source**: Cloud Storage, "IAM permissions for JSON methods" and "IAM roles".
    fn missing_role(&self) -> String {
        let (permissions, role) = match self.operation {
            "writing" => ("storage.objects.create, .delete", "objectUser"),
            "deleting" => ("storage.objects.delete", "objectUser"),
            "listing" => ("storage.objects.list", "objectViewer"),
            _ => ("storage.objects.get, .list", "objectViewer"),
        };
        let bucket = &self.bucket;
        format!("grant its service account roles/storage.{role} ({permissions}) on gs://{bucket}")
    }

    fn refused(self, repair: String, source: Source) -> StoreError {
        let Self {
            operation, object, ..
        } = self;
        StoreError::Refused {
            operation,
            object,
            repair,
            source,
        }
    }
}

/// The object that the client library found to be stored with another checksum.
pub(super) fn stored_wrong(error: &google_cloud_storage::Error) -> Option<&Object> {
    match error.source()?.downcast_ref()? {
        WriteError::ChecksumMismatch { object, .. } => Some(object),
        _ => None,
    }
}

/// `words` without the id of an upload's session: who knows it can write the object.
fn without_session(words: &str) -> String {
    let mut parts = words.split("upload_id=");
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest =
            part.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "-_%".contains(c));
        clean.push_str("upload_id=…");
        clean.push_str(rest);
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_session_is_no_part_of_an_error() {
        let words = "error sending request for url (http://h/o?upload_id=AB-c_1&name=x): closed";
        let clean = "error sending request for url (http://h/o?upload_id=…&name=x): closed";
        assert_eq!(without_session(words), clean);
    }

    #[test]
    fn outside_of_google_cloud_credentials_are_missing() {
        let host = "error sending request for url (http://metadata.google.internal/token)";
        let elsewhere = Words(format!("{host}: dns error: Name or service not known"));
        let error = Fault::opening("backups").no_token(&elsewhere, true);
        assert!(
            error
                .to_string()
                .contains("gcloud auth application-default login"),
            "{error}"
        );
        let hiccup = Words(format!("{host}: connection reset"));
        let error = Fault::opening("backups").no_token(&hiccup, true);
        assert!(matches!(error, StoreError::Interrupted { .. }), "{error}");
    }
}

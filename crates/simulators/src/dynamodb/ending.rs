//! How an export ends: what it writes, and what stops it.

use std::collections::BTreeSet;
use std::io;

use super::Options;
use super::export::{End, Export};
use super::fault::{Fault, Part};
use super::output::{data_keys, outputs, started_key};

impl Export {
    /// Writes `_started`, as the first proof that the bucket can be written.
    pub(super) fn touch(&self, options: &Options, gone: &BTreeSet<String>) -> Result<(), End> {
        let bucket = &self.wanted.bucket;
        if let Some(owner) = &self.wanted.owner
            && *owner != options.account
        {
            return Err(s3_failure(
                "S3AccessDenied",
                403,
                "AccessDenied",
                "Access Denied",
            ));
        }
        if gone.contains(bucket) {
            return Err(no_such_bucket());
        }
        if self.faults.contains(&Fault::Missing(Part::Started)) {
            return Ok(());
        }
        let written = options.objects.put(bucket, &started_key(self), b"");
        written.map_err(|error| failure(&error))
    }

    /// Writes the objects, and tells how it ended.
    pub(super) fn finish(&self, options: &Options, gone: &BTreeSet<String>) -> End {
        if let Some(planned) = &self.planned {
            return planned.clone();
        }
        if gone.contains(&self.wanted.bucket) {
            return no_such_bucket();
        }
        let mut outputs = outputs(self, options.layout);
        let failed = self.faults.iter().find_map(|fault| match fault {
            Fault::Failed { code, message } => Some(End::Failed {
                code: code.clone(),
                message: message.clone(),
            }),
            _ => None,
        });
        if failed.is_some() {
            outputs.truncate(data_keys(self).len() / 2);
        }
        for output in &outputs {
            let bucket = &self.wanted.bucket;
            if let Err(error) = options.objects.put(bucket, &output.key, &output.content) {
                return failure(&error);
            }
        }
        let status = self.faults.iter().find_map(|fault| match fault {
            Fault::Status(status) => Some(status.clone()),
            _ => None,
        });
        failed.unwrap_or(End::Written(
            status.unwrap_or_else(|| "COMPLETED".to_owned()),
        ))
    }
}

fn failure(error: &io::Error) -> End {
    match error.kind() {
        io::ErrorKind::NotFound => no_such_bucket(),
        _ => s3_failure("S3InternalError", 500, "InternalError", &error.to_string()),
    }
}

fn no_such_bucket() -> End {
    let message = "The specified bucket does not exist";
    s3_failure("S3NoSuchBucket", 404, "NoSuchBucket", message)
}

fn s3_failure(code: &str, status: u16, s3_code: &str, message: &str) -> End {
    End::Failed {
        code: code.to_owned(),
        message: format!(
            "{message} (Service: Amazon S3; Status Code: {status}; Error Code: {s3_code}; Request ID: SIMULATOR; \
             S3 Extended Request ID: SIMULATOR; Proxy: null)"
        ),
    }
}

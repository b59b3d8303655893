//! Why AWS did not do what was asked.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use function_core::{Retryable, chain};

use crate::codes::{self, CREDENTIALS_REPAIR};

/// The most characters of a service's message that are kept.
const LONGEST_MESSAGE: usize = 1000;

/// What precedes the parts of a signature in the message about a wrong one.
const SIGNATURES: [&str; 3] = [
    "The Canonical String",
    "The String-to-Sign",
    "Authorization=",
];

/// Why AWS did not do what was asked. Never holds a secret or a signed header.
#[derive(Debug, thiserror::Error)]
pub enum AwsError {
    /// The service answered, and not with success.
    #[error("{}", refused(.operation, .resource, .code, .message, *.status, .request_id.as_deref()))]
    Refused {
        /// The operation, such as `StartExportTask`.
        operation: &'static str,
        /// What it was about, such as a table's name.
        resource: String,
        /// The service's code, such as `ExportTaskLimitReachedFault`; empty where it gave none.
        code: String,
        /// The service's own words, at most 1,000 characters of them.
        message: String,
        /// The HTTP status.
        status: u16,
        /// The id by which AWS's support finds the request.
        request_id: Option<String>,
    },
    /// The service's whole answer did not arrive: a timeout, a cut line. It may have done the work.
    #[error("{operation} of {resource} was not answered")]
    Unreached {
        /// The operation.
        operation: &'static str,
        /// What it was about.
        resource: String,
        /// What happened on the way.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The request could not be made: no credentials, no region, an address that is none.
    #[error("{operation} of {resource} was not sent; {repair}")]
    Unsent {
        /// The operation.
        operation: &'static str,
        /// What it was about.
        resource: String,
        /// What to do about it.
        repair: &'static str,
        /// What is missing.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// The client library's own words, with their causes.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Cause(String);

impl AwsError {
    /// What `error` means, which `operation` ended with when it was about `resource`.
    pub fn of<E>(
        operation: &'static str,
        resource: impl Into<String>,
        error: &SdkError<E, HttpResponse>,
    ) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let resource = resource.into();
        if let Some(response) = error
            .raw_response()
            .filter(|raw| !raw.status().is_success())
        {
            let id = ["x-amzn-requestid", "x-amz-request-id"];
            return Self::Refused {
                operation,
                resource,
                code: error.code().unwrap_or_default().to_owned(),
                message: message(error),
                status: response.status().as_u16(),
                request_id: id
                    .iter()
                    .find_map(|name| response.headers().get(*name))
                    .map(str::to_owned),
            };
        }
        let source = Cause(chain(error)).into();
        match unsent(error) {
            Some(repair) => Self::Unsent {
                operation,
                resource,
                repair,
                source,
            },
            None => Self::Unreached {
                operation,
                resource,
                source,
            },
        }
    }

    /// The service's code, also one that the SDK's model does not know.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code.as_str()).filter(|code| !code.is_empty()),
            Self::Unreached { .. } | Self::Unsent { .. } => None,
        }
    }

    /// The HTTP status of the service's answer.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            Self::Unreached { .. } | Self::Unsent { .. } => None,
        }
    }

    /// What the service or the client library said, for errors that name operation, resource and
    /// repair themselves.
    pub fn said(&self) -> String {
        match self {
            Self::Refused {
                code,
                message,
                status,
                request_id,
                ..
            } => said(code, message, *status, request_id.as_deref()),
            Self::Unreached { source, .. } | Self::Unsent { source, .. } => source.to_string(),
        }
    }

    /// Whether the caller may not do that; it is no fault of what was asked about.
    pub fn is_denied(&self) -> bool {
        matches!(self, Self::Refused { code, status, .. } if codes::is_denied(*status, code))
    }

    /// Whether there are no credentials, or none that the service takes.
    pub fn is_without_credentials(&self) -> bool {
        match self {
            Self::Refused { code, .. } => codes::is_bad_credentials(code),
            Self::Unsent { repair, .. } => *repair == CREDENTIALS_REPAIR,
            Self::Unreached { .. } => false,
        }
    }
}

impl Retryable for AwsError {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Refused { code, status, .. } => codes::is_passing(*status, code),
            Self::Unreached { .. } => true,
            Self::Unsent { .. } => false,
        }
    }
}

fn refused(
    operation: &str,
    resource: &str,
    code: &str,
    message: &str,
    status: u16,
    request_id: Option<&str>,
) -> String {
    let repair = codes::repair(status, code, message)
        .map_or_else(String::new, |repair| format!("; {repair}"));
    let said = said(code, message, status, request_id);
    format!("{operation} of {resource} was refused{repair}: {said}")
}

/// Such as `AccessDenied: not authorized to perform it (status 403, request 6c1a)`.
fn said(code: &str, message: &str, status: u16, request_id: Option<&str>) -> String {
    let parts: Vec<_> = [code, message]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    let words = if parts.is_empty() {
        "no words".to_owned()
    } else {
        parts.join(": ")
    };
    match request_id {
        Some(id) => format!("{words} (status {status}, request {id})"),
        None => format!("{words} (status {status})"),
    }
}

/// The service's own words, or what is wrong with its answer, without parts of a signature.
fn message<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let message = match (error.message(), error.code()) {
        (Some(message), _) => message.to_owned(),
        (None, Some(_)) => String::new(),
        // Not the form of an AWS answer: something between us and the service.
        (None, None) => chain(error),
    };
    kept(&message)
}

/// As much of a service's message as is kept: without parts of a signature.
pub(crate) fn kept(message: &str) -> String {
    let end = SIGNATURES
        .iter()
        .filter_map(|mark| message.find(mark))
        .min()
        .unwrap_or(message.len());
    let kept: String = message[..end].chars().take(LONGEST_MESSAGE).collect();
    kept.trim().to_owned()
}

/// What to do where the request was never sent for a lasting reason.
fn unsent<E>(error: &SdkError<E, HttpResponse>) -> Option<&'static str>
where
    E: Error + 'static,
{
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(link) = cause {
        if let Some(fault) = link.downcast_ref::<CredentialsError>() {
            let is_absent = matches!(
                fault,
                CredentialsError::CredentialsNotLoaded(_)
                    | CredentialsError::InvalidConfiguration(_)
            );
            // Fetching them may have failed in passing.
            return (is_absent || chain(fault).contains("IMDS is disabled"))
                .then_some(CREDENTIALS_REPAIR);
        }
        let words = link.to_string();
        if words.contains("Missing Region") || words.contains("region must be set") {
            return Some("set AWS_REGION");
        }
        cause = link.source();
    }
    match error {
        SdkError::ConstructionFailure(_) => Some("correct what the request names"),
        SdkError::DispatchFailure(failure) if failure.is_user() => {
            Some("correct AWS_ENDPOINT_URL, which is no address of a server")
        }
        _ => None,
    }
}

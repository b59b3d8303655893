//! What the services answer instead of doing it.

use std::error::Error as _;
use std::fmt;
use std::time::Duration;

use function_core::{Retryable, chain};
use google_cloud_gax::error::rpc::StatusDetails;
use google_cloud_gax::error::{CredentialsError, Error as SdkError};

use crate::keys::Keys;

/// One kind of request, on one resource.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    /// What is done, such as `listing the transfer configs of`.
    pub(super) doing: &'static str,
    /// What it is done to.
    pub(super) resource: &'a str,
    /// The permission that it needs.
    pub(super) permission: &'static str,
    pub(super) repeat: Repeat,
}

/// When a request may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// After any passing fault: sending it twice does what sending it once does.
    Always,
    /// Only after a fault that says that nothing was done: sending it twice may do it twice.
    WhenRefused,
}

/// A request that Google's services did not carry out, or whose answer did not arrive.
#[derive(Debug, thiserror::Error)]
#[error("{doing} {resource}: {words}{repair}", repair = self.repair())]
pub struct ApiError {
    doing: &'static str,
    resource: String,
    permission: &'static str,
    fault: Fault,
    words: String,
    retry_after: Option<Duration>,
}

/// The kinds of fault, as far as somebody acts on the difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is not there: 404.
    Absent,
    /// It was there, and is no more: another look will see that.
    Vanished,
    /// It is there already: 409.
    Exists,
    /// We may not.
    Denied,
    /// A quota or rate is used up; nothing was done.
    Quota,
    /// The service could not be reached; nothing was done.
    Unreached,
    /// No answer, or one of a service in trouble: it may have been done.
    Unknown,
    /// Anything else, which lasts.
    Refused,
}

impl ApiError {
    /// What kind of fault it is.
    pub(crate) fn fault(&self) -> Fault {
        self.fault
    }

    /// What tells it from other faults of the same thing, without the words that change from answer to answer.
    pub(crate) fn kind(&self) -> String {
        format!("{} {:?}", self.doing, self.fault)
    }

    /// Whether the request may have been carried out although it failed.
    pub(crate) fn may_have_happened(&self) -> bool {
        self.fault == Fault::Unknown
    }

    /// The same of something that was there when it was looked for.
    pub(super) fn of_seen(mut self) -> Self {
        if self.fault == Fault::Absent {
            self.fault = Fault::Vanished;
        }
        self
    }

    fn repair(&self) -> String {
        match self.fault {
            Fault::Denied => format!("; grant {} to the function's account", self.permission),
            _ => String::new(),
        }
    }

    /// A fault that a service told within an answer.
    pub(super) fn told(call: Call<'_>, words: &str, keys: &Keys) -> Self {
        Self {
            doing: call.doing,
            resource: call.resource.to_owned(),
            permission: call.permission,
            fault: Fault::Refused,
            words: keys.hide(words),
            retry_after: None,
        }
    }

    fn new(call: Call<'_>, error: &SdkError, keys: &Keys) -> Self {
        let answer = Answer::of(error);
        Self {
            doing: call.doing,
            resource: call.resource.to_owned(),
            permission: call.permission,
            fault: answer.fault(error),
            words: keys.hide(&answer.words(error)),
            retry_after: retry_after(error),
        }
    }
}

impl Retryable for ApiError {
    fn is_retryable(&self) -> bool {
        match self.fault {
            Fault::Quota | Fault::Unreached | Fault::Unknown | Fault::Vanished => true,
            Fault::Absent | Fault::Exists | Fault::Denied | Fault::Refused => false,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

/// A failed attempt, which knows whether there may be another.
#[derive(Debug)]
pub(super) struct Attempt {
    error: ApiError,
    may_repeat: bool,
}

impl Attempt {
    pub(super) fn new(call: Call<'_>, error: &SdkError, keys: &Keys) -> Self {
        let error = ApiError::new(call, error, keys);
        let may_repeat = call.repeat == Repeat::Always || !error.may_have_happened();
        Self { error, may_repeat }
    }

    pub(super) fn into_error(self) -> ApiError {
        self.error
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(formatter)
    }
}

impl Retryable for Attempt {
    fn is_retryable(&self) -> bool {
        self.may_repeat && self.error.is_retryable()
    }

    fn retry_after(&self) -> Option<Duration> {
        self.error.retry_after
    }
}

/// What an error's answer says, in the forms of both APIs.
struct Answer {
    status: Option<u16>,
    message: Option<String>,
    reasons: Vec<String>,
}

/// Reasons of a 403 that pass.
///
/// **Source**: BigQuery documentation, "Error messages": `rateLimitExceeded`, `quotaExceeded`; Google Cloud API design
/// guide, "Errors": `RATE_LIMIT_EXCEEDED` and `RESOURCE_EXHAUSTED`.
const QUOTA_REASONS: [&str; 6] = [
    "rateLimitExceeded",
    "userRateLimitExceeded",
    "quotaExceeded",
    "jobRateLimitExceeded",
    "RATE_LIMIT_EXCEEDED",
    "RESOURCE_EXHAUSTED",
];

impl Answer {
    fn of(error: &SdkError) -> Self {
        let status = error.status();
        let details = status.into_iter().flat_map(|status| &status.details);
        // The legacy list of reasons in BigQuery's errors is told in the same form as the newer details.
        let mut reasons: Vec<String> = details
            .filter_map(|detail| match detail {
                StatusDetails::ErrorInfo(info) => Some(info.reason.clone()),
                _ => None,
            })
            .collect();
        reasons.extend(status.map(|status| status.code.name().to_owned()));
        Self {
            status: error.http_status_code(),
            message: status.map(|status| status.message.clone()),
            reasons,
        }
    }

    fn fault(&self, error: &SdkError) -> Fault {
        let is_quota = || {
            let mut reasons = self.reasons.iter();
            reasons.any(|reason| QUOTA_REASONS.contains(&reason.as_str()))
        };
        match self.status {
            Some(429) => Fault::Quota,
            Some(403) if is_quota() => Fault::Quota,
            Some(401 | 403) => Fault::Denied,
            Some(404) => Fault::Absent,
            Some(409) => Fault::Exists,
            Some(408 | 500..=599) => Fault::Unknown,
            None if error.is_connect() => Fault::Unreached,
            None if error.is_io() || error.is_timeout() || error.is_transport() => Fault::Unknown,
            // The work was done, and its answer can't be understood.
            None if error.is_deserialization() => Fault::Unknown,
            None if is_passing_credential(error) => Fault::Unreached,
            _ => Fault::Refused,
        }
    }

    fn words(&self, error: &SdkError) -> String {
        let Some(status) = self.status else {
            return chain(error);
        };
        let reason = self.reasons.last().map(String::as_str).unwrap_or_default();
        let message = self.message.as_deref().unwrap_or("no words with it");
        let message = message.trim_end_matches('.');
        if reason.is_empty() {
            format!("{status}: {message}")
        } else {
            format!("{status} {reason}: {message}")
        }
    }
}

/// Whether no token could be had for now: the metadata server did not answer, say.
fn is_passing_credential(error: &SdkError) -> bool {
    let source = error.source();
    let credential = source.and_then(|source| source.downcast_ref::<CredentialsError>());
    error.is_authentication() && credential.is_some_and(CredentialsError::is_transient)
}

/// **Source**: RFC 9110, 10.2.3; only the form in seconds is used by Google.
fn retry_after(error: &SdkError) -> Option<Duration> {
    let header = error.http_headers()?.get("retry-after")?;
    let seconds: u64 = header.to_str().ok()?.trim().parse().ok()?;
    // Longer than that, the message is better delivered again.
    Some(Duration::from_secs(seconds.min(120)))
}

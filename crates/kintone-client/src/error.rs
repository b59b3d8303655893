//! What can go wrong, and what to do about it.

mod cause;

use std::fmt;
use std::time::Duration;

use function_core::Retryable;

pub use self::cause::Cause;
use self::cause::Repair;
use crate::refusal::Refusal;

/// Why a call did not give what was asked for.
///
/// `call` says what was asked, such as `records of app 12 after $id 4500`. No message holds a
/// token or a password.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// An option is wrong.
    #[error("{option}: {reason}")]
    Option {
        /// The name of the option.
        option: &'static str,
        /// What is wrong, and what a right one looks like.
        reason: String,
    },
    /// The HTTP client does not start.
    #[error("the HTTP client does not start")]
    Start(#[source] reqwest::Error),
    /// Kintone refused with a code of its own.
    #[error("{call}: kintone refused with {refusal}{}{}", Tries(*attempts), Repair(refusal.cause()))]
    Refused {
        /// What was asked.
        call: String,
        /// How often.
        attempts: u32,
        /// What kintone said.
        refusal: Box<Refusal>,
    },
    /// Something answered, but not in kintone's JSON: a gateway, a log-in page, a cut text.
    #[error("{call}: status {status} and {content}, not kintone's JSON{}{}", Tries(*attempts), Repair(Cause::of_status(*status)))]
    NotJson {
        /// What was asked.
        call: String,
        /// How often.
        attempts: u32,
        /// The HTTP status.
        status: u16,
        /// What came instead, in a few words.
        content: String,
        /// How long the answer asked to wait.
        retry_after: Option<Duration>,
    },
    /// No connection came about, or it was cut.
    #[error("{call}: no connection, or it was cut{}", Tries(*attempts))]
    Unreachable {
        /// What was asked.
        call: String,
        /// How often.
        attempts: u32,
        /// What the connection says.
        source: reqwest::Error,
    },
    /// The server's certificate is not trusted, or the TLS handshake has another lasting fault.
    #[error(
        "{call}: the TLS handshake was refused; check the host's name, and give the root \
         certificate if the server has an authority of its own"
    )]
    Untrusted {
        /// What was asked.
        call: String,
        /// What TLS says.
        source: reqwest::Error,
    },
    /// No answer came in time.
    #[error("{call}: no answer within {limit:?}{}", Tries(*attempts))]
    Timeout {
        /// What was asked.
        call: String,
        /// How often.
        attempts: u32,
        /// The time that was given.
        limit: Duration,
    },
    /// Kintone answered, but left records out.
    #[error(
        "{call}: kintone left records out ({warning}); narrow the filter{filter}: use `=` or `in` \
         in place of `like`, or split it by date or by `$id`"
    )]
    Warned {
        /// What was asked.
        call: String,
        /// The filter that the request had, in backquotes after a blank; empty if it had none.
        filter: String,
        /// The text of `X-Cybozu-Warning`.
        warning: String,
    },
    /// The answer has other records than were asked for.
    #[error("{call}: {reason}; nothing of this answer can be trusted")]
    NotAsAsked {
        /// What was asked.
        call: String,
        /// What is wrong with the records.
        reason: String,
    },
    /// The answer is JSON, but not of the documented shape.
    #[error("{call}: the answer is not of the documented shape")]
    Decode {
        /// What was asked.
        call: String,
        /// Where and why.
        source: serde_json::Error,
    },
    /// What was to be uploaded can't be read.
    #[error("{call}: its content can't be read")]
    Content {
        /// What was asked.
        call: String,
        /// What the reader says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A cursor's page may be lost, and asking again would give the next one.
    #[error("{call}: a page of the cursor may be lost, read all of them anew")]
    PageLost {
        /// What was asked.
        call: String,
        /// What came between; nothing when the caller did not wait for the page.
        source: Option<Box<ClientError>>,
    },
}

impl ClientError {
    /// What the error comes down to.
    pub fn cause(&self) -> Cause {
        match self {
            Self::Option { .. } | Self::Start(_) => Cause::BadOption,
            Self::Refused { refusal, .. } => refusal.cause(),
            Self::NotJson { status, .. } => Cause::of_status(*status),
            Self::Unreachable { .. } | Self::Timeout { .. } => Cause::Unavailable,
            Self::Untrusted { .. } => Cause::WrongAddress,
            Self::Warned { .. } => Cause::Incomplete,
            Self::NotAsAsked { .. } | Self::Decode { .. } => Cause::BadAnswer,
            Self::Content { .. } => Cause::Other,
            Self::PageLost { source, .. } => source
                .as_ref()
                .map_or(Cause::Unavailable, |source| source.cause()),
        }
    }

    /// Whether the service surely did nothing, so that even a step that can't be repeated can be
    /// tried again.
    pub(crate) fn is_unprocessed(&self) -> bool {
        match self {
            Self::Refused { refusal, .. } => refusal.cause() != Cause::Unavailable,
            Self::NotJson { status, .. } => matches!(status, 429 | 503),
            Self::Unreachable { source, .. } => source.is_connect(),
            _ => false,
        }
    }
}

impl Retryable for ClientError {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Refused { refusal, .. } => refusal.is_retryable(),
            Self::NotJson { status, .. } => matches!(status, 200..=299 | 408 | 429 | 500..=599),
            Self::Unreachable { .. } | Self::Timeout { .. } | Self::PageLost { .. } => true,
            _ => false,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { refusal, .. } => refusal.retry_after(),
            Self::NotJson { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// How often it was tried, where it was more than once.
struct Tries(u32);

impl fmt::Display for Tries {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 | 1 => Ok(()),
            attempts => write!(formatter, ", {attempts} attempts"),
        }
    }
}

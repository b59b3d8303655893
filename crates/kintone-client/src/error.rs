//! What can go wrong, and what to do about it.

use std::fmt;
use std::time::Duration;

use function_core::Retryable;

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

/// What an error comes down to, for callers that tell people or decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The app does not exist, or the token is of another app.
    UnknownApp,
    /// The app is in a guest space, and the request did not say so; or the other way round.
    GuestSpace,
    /// The API token is wrong, or the app was not updated after the token was made.
    BadToken,
    /// Two API tokens are of one app.
    DoubleToken,
    /// The user or password is wrong, or none was given.
    BadLogin,
    /// The token or user may not do this.
    NoRight,
    /// The filter or order names a field that the app does not have.
    UnknownField,
    /// The filter or order is wrong in another way.
    BadQuery,
    /// The attachment is gone, or its key is old.
    FileGone,
    /// A record is gone, or was never there.
    RecordGone,
    /// A record has another revision than was expected.
    Conflict,
    /// A value is not one that the field takes.
    BadValue,
    /// A user, organisation or group is not known.
    UnknownPerson,
    /// A lookup does not find its key, or no token may view its source.
    LookupFailed,
    /// The cursor is gone or expired.
    CursorGone,
    /// All 10 cursors of the domain are taken.
    CursorsTaken,
    /// The domain has too many requests at once.
    TooManyRequests,
    /// The app's database is locked by somebody else's write.
    Locked,
    /// The address is not that of a kintone domain.
    WrongAddress,
    /// The service, or the way to it, is down or too slow.
    Unavailable,
    /// The filter matched more than kintone searches.
    Incomplete,
    /// The answer contradicts the documentation.
    BadAnswer,
    /// An option of this client is wrong.
    BadOption,
    /// Anything else; the message has kintone's own words.
    Other,
}

impl Cause {
    /// What a status without kintone's JSON comes down to.
    pub(crate) fn of_status(status: u16) -> Self {
        match status {
            401 => Self::BadLogin,
            403 => Self::NoRight,
            300..=399 | 404 | 405 => Self::WrongAddress,
            200..=299 | 408 | 429 | 500..=599 => Self::Unavailable,
            _ => Self::Other,
        }
    }

    /// What a person can do about it.
    pub fn repair(self) -> Option<&'static str> {
        Some(match self {
            Self::UnknownApp => {
                "check the app's number: it is in the app's address, /k/NUMBER/, and the API token must be of that app"
            }
            Self::GuestSpace => {
                "the app is in a guest space: set the guest space's number, which is in its address, /k/guest/NUMBER/"
            }
            Self::BadToken => {
                "the API token is not valid, or the app was not updated after making it: open the app's settings, API Token, compare or generate it, Save, then Update App"
            }
            Self::DoubleToken => "give one API token for each app",
            Self::BadLogin => {
                "check the login name and password, and the basic authentication if the domain has it; with two-factor authentication only API tokens work"
            }
            Self::NoRight => {
                "give the API token the right that this needs, to view, add, edit or delete records or to manage the app (App settings, API Token, Update App), or the user the right in the app; a domain with IP address restriction must allow this address"
            }
            Self::UnknownField => {
                "the filter or order names a field code that the app does not have: field codes are in the form's settings, and differ from labels"
            }
            Self::BadQuery => {
                "the filter is a condition only, such as `status in (\"open\")`, without order by, limit or offset"
            }
            Self::FileGone => {
                "the attachment was removed meanwhile, or its key is from an old read: read the record again"
            }
            Self::LookupFailed => {
                "the app that is looked up must have the key, and the tokens must include one that may view that app"
            }
            Self::CursorsTaken => {
                "all 10 cursors of the domain are taken by other programs; they come back within 10 minutes, or read without an order"
            }
            Self::WrongAddress => {
                "check the base URL: scheme and host only, such as https://example.cybozu.com"
            }
            _ => return None,
        })
    }
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

/// What a person can do, where there is something.
struct Repair(Cause);

impl fmt::Display for Repair {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.repair() {
            Some(repair) => write!(formatter, "; {repair}"),
            None => Ok(()),
        }
    }
}

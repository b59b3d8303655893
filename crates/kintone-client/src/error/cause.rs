//! What an error comes down to, and what a person can do about it.

use std::fmt;

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

/// What a person can do, where there is something.
pub(super) struct Repair(pub(super) Cause);

impl fmt::Display for Repair {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.repair() {
            Some(repair) => write!(formatter, "; {repair}"),
            None => Ok(()),
        }
    }
}

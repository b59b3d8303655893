//! Kintone's own refusals: `{"code", "id", "message", "errors"?}`.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::error::Cause;
use crate::limits;

/// What kintone said when it refused.
///
/// Decide by [`code`](Self::code) or [`cause`](Self::cause): the message follows the user's
/// language, and the status of one code differs between versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status. 520 is used for faults of either side.
    pub status: u16,
    /// Kintone's code, such as `GAIA_AP01`. Empty where the JSON had none.
    pub code: String,
    /// The number to give to Cybozu's support.
    pub id: String,
    /// Kintone's words.
    pub message: String,
    /// Which parameter is wrong, and why.
    pub errors: Vec<(String, String)>,
    /// Which request of a bulk was refused, counted from 0; `None` where it was not a bulk, or the
    /// bulk as a whole.
    pub request: Option<usize>,
    wait: Option<Duration>,
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    code: String,
    #[serde(default)]
    id: String,
    message: String,
    #[serde(default)]
    errors: BTreeMap<String, Messages>,
}

/// The answer to a bulk of which one request was refused: `{}` stands for each of the others.
#[derive(Deserialize)]
struct Bulk {
    results: Vec<Part>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Part {
    Refused(Body),
    Other(IgnoredAny),
}

#[derive(Deserialize)]
struct Messages {
    messages: Vec<String>,
}

impl Refusal {
    /// Reads the body of an answer of `status`; `None` when it is not kintone's.
    pub(crate) fn parse(status: u16, body: &[u8], wait: Option<Duration>) -> Option<Self> {
        let (request, body) = match serde_json::from_slice(body) {
            Ok(body) => (None, body),
            Err(_) => refused_part(body)?,
        };
        let errors = body.errors.into_iter();
        Some(Self {
            status,
            code: body.code,
            id: body.id,
            message: body.message,
            errors: errors
                .map(|(path, texts)| (path, texts.messages.join(" ")))
                .collect(),
            request,
            wait,
        })
    }

    /// What the code comes down to.
    ///
    /// Source: Cybozu's error codes as its own end-to-end scenarios and public notes show them;
    /// there is no complete public table.
    pub fn cause(&self) -> Cause {
        match self.code.as_str() {
            "GAIA_AP01" => Cause::UnknownApp,
            "GAIA_IL23" => Cause::GuestSpace,
            "GAIA_IA02" => Cause::BadToken,
            "GAIA_DA03" => Cause::DoubleToken,
            "CB_AU01" | "CB_WA01" | "CB_TW02" => Cause::BadLogin,
            "CB_NO02" | "GAIA_NO01" => Cause::NoRight,
            "GAIA_IQ11" => Cause::UnknownField,
            "GAIA_IQ03" | "GAIA_IQ07" | "GAIA_IR02" | "GAIA_IL42" => Cause::BadQuery,
            "CB_VA01" if self.errors.iter().any(|(path, _)| path == "query") => Cause::BadQuery,
            "CB_VA01" => Cause::BadValue,
            "GAIA_RE01" | "GAIA_RE20" => Cause::RecordGone,
            "GAIA_CO02" => Cause::Conflict,
            "GAIA_IL26" | "GAIA_IL28" => Cause::UnknownPerson,
            "GAIA_LO04" => Cause::LookupFailed,
            "GAIA_BL01" => Cause::FileGone,
            "GAIA_CN01" => Cause::CursorGone,
            "GAIA_TM12" => Cause::CursorsTaken,
            "GAIA_TO04" => Cause::TooManyRequests,
            "GAIA_DA02" | "GAIA_RE18" | "GAIA_LT01" => Cause::Locked,
            _ if self.is_gateway() => Cause::Unavailable,
            _ => Cause::Other,
        }
    }

    /// By code; by status only for codes that are not known. 520 is not in that list, because
    /// kintone answers it for faults of the client too.
    pub(crate) fn is_retryable(&self) -> bool {
        matches!(
            self.cause(),
            Cause::CursorsTaken | Cause::TooManyRequests | Cause::Locked | Cause::Unavailable
        )
    }

    fn is_gateway(&self) -> bool {
        matches!(self.status, 429 | 500 | 502..=504)
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let slow = (self.cause() == Cause::CursorsTaken).then_some(limits::CURSOR_PAUSE);
        self.wait.or(slow)
    }
}

/// The refused request of a bulk, and where it stood.
fn refused_part(body: &[u8]) -> Option<(Option<usize>, Body)> {
    let bulk: Bulk = serde_json::from_slice(body).ok()?;
    let mut parts = bulk.results.into_iter().enumerate();
    parts.find_map(|(index, part)| match part {
        Part::Refused(body) => Some((Some(index), body)),
        Part::Other(_) => None,
    })
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = if self.code.is_empty() {
            "no code"
        } else {
            &self.code
        };
        let Self {
            status,
            id,
            message,
            ..
        } = self;
        write!(formatter, "{code} (status {status}, id {id}): {message}")?;
        for (path, text) in self.errors.iter().take(3) {
            write!(formatter, " [{path}: {text}]")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, code: &str) -> Refusal {
        let body = format!(r#"{{"code":"{code}","id":"x1","message":"だめです。"}}"#);
        Refusal::parse(status, body.as_bytes(), None).unwrap()
    }

    #[test]
    fn locks_throttles_and_taken_cursors_pass_whatever_their_status() {
        for code in [
            "GAIA_DA02",
            "GAIA_RE18",
            "GAIA_LT01",
            "GAIA_TO04",
            "GAIA_TM12",
        ] {
            for status in [400, 429, 520] {
                assert!(refusal(status, code).is_retryable(), "{status} {code}");
            }
        }
    }

    #[test]
    fn faults_of_the_caller_last_whatever_their_status() {
        for code in [
            "CB_VA01",
            "GAIA_QU01",
            "GAIA_IQ11",
            "GAIA_IL23",
            "GAIA_LO04",
            "GAIA_IA02",
            "CB_WA01",
            "GAIA_NO01",
            "GAIA_AP01",
            "GAIA_CO02",
        ] {
            for status in [400, 404, 520] {
                assert!(!refusal(status, code).is_retryable(), "{status} {code}");
            }
        }
    }

    #[test]
    fn an_unknown_code_goes_by_its_status() {
        assert!(refusal(503, "GAIA_ZZ99").is_retryable());
        assert!(!refusal(520, "GAIA_ZZ99").is_retryable());
        assert!(!refusal(400, "GAIA_ZZ99").is_retryable());
    }

    #[test]
    fn a_taken_cursor_is_waited_for_longer() {
        assert_eq!(
            refusal(429, "GAIA_TM12").retry_after(),
            Some(limits::CURSOR_PAUSE)
        );
        assert_eq!(refusal(429, "GAIA_TO04").retry_after(), None);
    }

    #[test]
    fn the_parameter_at_fault_is_named() {
        let body = br#"{"code":"CB_VA01","id":"x1","message":"Missing or invalid input.","errors":{"query":{"messages":["bad near x"]}}}"#;
        let refusal = Refusal::parse(400, body, None).unwrap();
        assert_eq!(refusal.cause(), Cause::BadQuery);
        assert_eq!(
            refusal.to_string(),
            "CB_VA01 (status 400, id x1): Missing or invalid input. [query: bad near x]"
        );
    }

    #[test]
    fn the_refused_request_of_a_bulk_is_named() {
        let body = br#"{"results":[{},{"code":"GAIA_DA02","id":"x1","message":"locked"},{}]}"#;
        let refusal = Refusal::parse(400, body, None).unwrap();
        assert_eq!(
            (refusal.request, refusal.cause(), refusal.is_retryable()),
            (Some(1), Cause::Locked, true)
        );
        assert_eq!(Refusal::parse(400, br#"{"results":[{},{}]}"#, None), None);
    }

    #[test]
    fn html_is_not_a_refusal() {
        assert_eq!(Refusal::parse(503, b"<html></html>", None), None);
        assert_eq!(Refusal::parse(200, b"[]", None), None);
    }
}

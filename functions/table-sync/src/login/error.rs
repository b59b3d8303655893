//! Why it is not known who looks at the page.

use http::StatusCode;

/// Why it is not known who looks at the page.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The request came past the login.
    #[error(
        "the request has no {header}, or more than one; open the page by the address of its login"
    )]
    Missing {
        /// The header that the login adds.
        header: String,
    },
    /// The proxy's secret is missing or another.
    #[error("the request has {header}, but not the secret of the login proxy")]
    Secret {
        /// The header that names the person.
        header: String,
    },
    /// The assertion can't be believed.
    #[error("the assertion of the login does not hold: {rule}")]
    Assertion {
        /// Which rule it breaks.
        rule: &'static str,
    },
    /// The assertion's signature does not hold.
    #[error("the assertion of the login does not hold: its signature is not by a key of Google's")]
    Signature(#[source] jsonwebtoken::errors::Error),
    /// Google's keys can't be had.
    #[error("the keys of the login at {url} can't be fetched; try again in a minute")]
    Keys {
        /// Where they are.
        url: String,
        /// Why.
        source: reqwest::Error,
    },
}

impl LoginError {
    /// What the browser is told.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Missing { .. } => StatusCode::UNAUTHORIZED,
            Self::Secret { .. } | Self::Assertion { .. } | Self::Signature(_) => {
                StatusCode::FORBIDDEN
            }
            Self::Keys { .. } => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

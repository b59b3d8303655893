//! The assertion of Google's Identity-Aware Proxy.
//!
//! **Source**: IAP documentation, "Securing your app with signed headers": ES256, `iss`, `aud`, `exp` in the future and `iat` in the
//! past with 30 s for clocks that differ.

use function_core::Clock;
use http::HeaderMap;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde::Deserialize;
use url::Url;

use crate::login::keys::Keys;
use crate::login::{LoginError, only};

const HEADER: &str = "x-goog-iap-jwt-assertion";
const ISSUER: &str = "https://cloud.google.com/iap";
/// How far clocks may differ, in seconds.
const SKEW_SECONDS: i64 = 30;

/// Google's Identity-Aware Proxy.
#[derive(Debug)]
pub(crate) struct Iap {
    audience: String,
    keys: Keys,
    clock: Clock,
}

/// What the assertion says.
#[derive(Debug, Deserialize)]
struct Claims {
    #[serde(rename = "iss")]
    issuer: String,
    #[serde(rename = "aud")]
    audience: String,
    #[serde(rename = "exp")]
    expires: i64,
    #[serde(rename = "iat")]
    issued: i64,
    /// Absent for identities of other providers, which have none.
    #[serde(default)]
    email: String,
}

impl Iap {
    pub(crate) fn new(audience: &str, keys_url: &Url, clock: &Clock) -> Result<Self, LoginError> {
        Ok(Self {
            audience: audience.to_owned(),
            keys: Keys::new(keys_url, clock)?,
            clock: clock.clone(),
        })
    }

    /// The e-mail of the person for whom the proxy vouches.
    pub(crate) async fn person(&self, headers: &HeaderMap) -> Result<String, LoginError> {
        let assertion = only(headers, HEADER).ok_or_else(|| LoginError::Missing {
            header: HEADER.to_owned(),
        })?;
        let claims = self.verified(assertion).await?;
        self.check(&claims)?;
        Ok(claims.email)
    }

    /// The claims, once the signature holds.
    async fn verified(&self, assertion: &str) -> Result<Claims, LoginError> {
        let header = decode_header(assertion).map_err(LoginError::Signature)?;
        // Before anything is fetched; the decoder looks at it again.
        if header.alg != Algorithm::ES256 {
            let rule = "it is not signed by ES256";
            return Err(LoginError::Assertion { rule });
        }
        let id = header.kid.ok_or(LoginError::Assertion {
            rule: "it does not name its key",
        })?;
        let key = self.keys.key(&id).await?;
        let decoded = decode(assertion, &key, &signature_only());
        Ok(decoded.map_err(LoginError::Signature)?.claims)
    }

    fn check(&self, claims: &Claims) -> Result<(), LoginError> {
        let now = self.clock.now().as_second();
        let rule = if claims.issuer != ISSUER {
            "it is not issued by https://cloud.google.com/iap"
        } else if claims.audience != self.audience {
            "it is for another service than IAP_AUDIENCE"
        } else if claims.expires <= now.saturating_sub(SKEW_SECONDS) {
            "it has expired; load the page again"
        } else if claims.issued > now.saturating_add(SKEW_SECONDS) {
            "it is issued in the future; compare the clocks"
        } else if claims.email.is_empty() {
            "it names no e-mail"
        } else {
            return Ok(());
        };
        Err(LoginError::Assertion { rule })
    }
}

/// The claims are checked here, for the decoder knows no clock but the system's.
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::ES256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}

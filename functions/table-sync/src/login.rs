//! Who looks at the page, by proof only.
//!
//! | set | who is it | proof |
//! |---|---|---|
//! | `IAP_AUDIENCE` | the e-mail of `x-goog-iap-jwt-assertion` | the signature of Google's Identity-Aware Proxy |
//! | `LOGIN_HEADER`, `LOGIN_SECRET` | the value of `LOGIN_HEADER` | a secret that only the login proxy in front knows |
//! | neither | nobody: the page is read-only | |
//!
//! A header without its proof is refused; it never falls back to reading.

mod config;
mod error;
mod iap;
mod keys;
mod proxy;
#[cfg(test)]
mod tests;

use function_core::Clock;
use http::HeaderMap;

pub use config::LoginConfig;
pub(crate) use error::LoginError;

use iap::Iap;
use proxy::LoginProxy;

/// How it is known who looks at the page.
#[derive(Debug)]
pub(crate) enum Login {
    /// Not at all.
    Nobody,
    /// By the assertion of Google's Identity-Aware Proxy.
    Iap(Box<Iap>),
    /// By a login proxy in front.
    Proxy(Box<LoginProxy>),
}

impl Login {
    /// The login that `config` asks for.
    ///
    /// # Errors
    /// There can be no client to fetch Google's keys with.
    pub(crate) fn new(config: &LoginConfig, clock: &Clock) -> Result<Self, LoginError> {
        Ok(match config {
            LoginConfig::Nobody => Self::Nobody,
            LoginConfig::Iap { audience, keys_url } => {
                Self::Iap(Box::new(Iap::new(audience, keys_url, clock)?))
            }
            LoginConfig::Proxy {
                header,
                secret_header,
                secret,
            } => Self::Proxy(Box::new(LoginProxy::new(header, secret_header, secret))),
        })
    }

    /// The person who sent a request with `headers`: the e-mail in lower case; `None` where nobody logs in.
    ///
    /// # Errors
    /// There is no proof, or it does not hold.
    pub(crate) async fn person(&self, headers: &HeaderMap) -> Result<Option<String>, LoginError> {
        let name = match self {
            Self::Nobody => return Ok(None),
            Self::Iap(iap) => iap.person(headers).await?,
            Self::Proxy(proxy) => proxy.person(headers)?,
        };
        Ok(Some(name.to_lowercase()))
    }
}

/// The one value of `name`; twice is as good as none, for a proxy may have added its own to a forged one.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    value.to_str().ok().filter(|value| !value.is_empty())
}

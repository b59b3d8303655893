//! How to reach a domain, and how patient to be.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use function_core::Clock;
use futures_util::future::BoxFuture;
use url::{Host, Url};

use crate::auth::{Auth, BasicAuth};
use crate::error::ClientError;
use crate::limits;

/// How to reach a kintone domain.
#[derive(Clone, Debug)]
pub struct Options {
    /// Scheme and host, such as `https://example.cybozu.com`. `http` is for this machine only.
    pub base_url: String,
    /// Who asks.
    pub auth: Auth,
    /// The domain's own basic authentication, where it has it.
    pub basic_auth: Option<BasicAuth>,
    /// The guest space that the apps are in.
    pub guest_space_id: Option<u64>,
    /// Root certificates to trust besides the system's, in PEM.
    pub root_certificates_pem: Option<Vec<u8>>,
    /// How often a request is tried in all. Default 6.
    pub attempts: NonZeroU32,
    /// The first delay between two attempts, at most. It doubles from then on. Default 1 s.
    pub first_delay: Duration,
    /// The longest delay between two attempts. Default 60 s.
    pub longest_delay: Duration,
    /// How long a connection may take. Default 10 s.
    pub connect_timeout: Duration,
    /// How long an answer may stay silent once it has begun. Default 30 s.
    pub idle_timeout: Duration,
    /// How long a whole answer may take; files excepted. Default 120 s.
    pub answer_timeout: Duration,
    /// Requests at once, 1 to 100. Default [`limits::CONCURRENCY`].
    pub max_concurrency: usize,
    /// How to wait.
    pub sleep: Sleep,
    /// The time, to understand a `Retry-After` that names one.
    pub clock: Clock,
}

impl Options {
    /// The defaults for `base_url`.
    pub fn new(base_url: impl Into<String>, auth: Auth) -> Self {
        Self {
            base_url: base_url.into(),
            auth,
            basic_auth: None,
            guest_space_id: None,
            root_certificates_pem: None,
            attempts: NonZeroU32::MIN.saturating_add(5),
            first_delay: Duration::from_secs(1),
            longest_delay: Duration::from_mins(1),
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30),
            answer_timeout: Duration::from_mins(2),
            max_concurrency: limits::CONCURRENCY,
            sleep: Sleep::tokio(),
            clock: Clock::system(),
        }
    }

    /// The address that all calls begin with: `https://example.cybozu.com/k/v1/`.
    pub(crate) fn root(&self) -> Result<Url, ClientError> {
        let invalid = |reason: &str| ClientError::Option {
            option: "base URL",
            reason: format!(
                "{reason}; use scheme and host only, such as https://example.cybozu.com"
            ),
        };
        let mut url = Url::parse(self.base_url.trim())
            .map_err(|error| invalid(&format!("not an address ({error})")))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("it must not hold a user or password"));
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(invalid("it has a path or a query"));
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            scheme => {
                return Err(invalid(&format!(
                    "`{scheme}` would show the token to others"
                )));
            }
        }
        url.set_path(&match self.guest_space_id {
            Some(space) => format!("/k/guest/{space}/v1/"),
            None => "/k/v1/".to_owned(),
        });
        Ok(url)
    }

    pub(crate) fn check(&self) -> Result<(), ClientError> {
        if (1..=100).contains(&self.max_concurrency) {
            return Ok(());
        }
        Err(ClientError::Option {
            option: "max concurrency",
            reason: format!(
                "{} requests at once; the domain allows 1 to 100 in all",
                self.max_concurrency
            ),
        })
    }
}

/// Whether the address is of this very machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// How to wait: for real, or not at all in tests.
#[derive(Clone)]
pub struct Sleep(Arc<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>);

impl Sleep {
    /// Waits by tokio's timer.
    pub fn tokio() -> Self {
        Self::from_fn(tokio::time::sleep)
    }

    /// Waits by `sleep`.
    pub fn from_fn<F>(sleep: impl Fn(Duration) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self(Arc::new(move |delay| Box::pin(sleep(delay))))
    }

    /// Waits for `delay`.
    pub fn of(&self, delay: Duration) -> BoxFuture<'static, ()> {
        (self.0)(delay)
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Sleep")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(base_url: &str) -> Result<String, String> {
        let options = Options::new(base_url, Auth::tokens("t").unwrap());
        let root = options.root().map(String::from);
        root.map_err(|error| error.to_string())
    }

    #[test]
    fn a_domain_is_scheme_and_host() {
        let expected = Ok("https://example.cybozu.com/k/v1/".to_owned());
        assert_eq!(root("https://example.cybozu.com"), expected);
        assert_eq!(root(" https://example.cybozu.com/ "), expected);
    }

    #[test]
    fn a_guest_space_is_in_the_path() {
        let mut options = Options::new("https://example.cybozu.com", Auth::tokens("t").unwrap());
        options.guest_space_id = Some(3);
        assert_eq!(options.root().unwrap().path(), "/k/guest/3/v1/");
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        assert!(root("http://localhost:8080").is_ok());
        assert!(root("http://127.0.0.1:8080").is_ok());
        assert!(root("http://[::1]:8080").is_ok());
        assert!(root("http://example.cybozu.com").is_err());
        assert!(root("http://localhost.example.com").is_err());
    }

    #[test]
    fn other_addresses_are_refused_without_being_shown() {
        for base_url in [
            "",
            "example.cybozu.com",
            "https://example.cybozu.com/k/12/",
            "https://example.cybozu.com/?app=12",
            "https://user:hunter2@example.cybozu.com",
            "ftp://example.cybozu.com",
        ] {
            let error = root(base_url).unwrap_err();
            assert!(error.contains("https://example.cybozu.com"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}

//! A stand-in for a kintone domain: its REST API, over http or https.
//!
//! What it obeys is written down in `docs/observed/kintone.md`.

mod app;
mod auth;
mod bulk;
mod calc;
mod code;
mod cursor;
mod domain;
mod entry;
mod error;
mod field;
mod file;
mod filter;
mod fixture;
mod form;
mod lookup;
mod number;
mod page;
mod parameters;
mod query;
mod read;
mod record;
mod route;
mod seed;
mod state;
mod status;
mod value;
mod write;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

pub use app::App;
pub use auth::Rights;
pub use domain::Domain;
pub use error::Language;
pub use field::{Field, FieldType, Lookup};
pub use fixture::LOOKUP_SOURCE;

use crate::exchange::Seen;
use crate::fault::{Effect, When};
use crate::server::Server;
use crate::tls;

/// The warning header of a `like` search that met 100,000 records and stopped.
pub const FILTER_ABORTED: (&str, &str) = (
    "x-cybozu-warning",
    "Filter aborted because of too many search results",
);

/// How a [`Kintone`] starts.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The port; 0 takes a free one.
    pub port: u16,
    /// Whether to serve https with an authority of its own, in place of http.
    pub https: bool,
    /// How much later every answer comes.
    pub latency: Duration,
    /// The language of messages for callers that send no `Accept-Language`.
    pub language: Language,
    /// Whether bad tokens, lookups and locks are answered 520, as older versions did, not 400.
    pub older_statuses: bool,
    /// The user and password of the environment's own basic authentication.
    pub basic_auth: Option<(String, String)>,
}

/// A running kintone. It stops when it is dropped.
///
/// Everything about its apps, records and people is in [`Domain`], which it derefs to.
#[derive(Debug)]
pub struct Kintone {
    domain: Arc<Domain>,
    server: Server,
    ca_pem: Option<String>,
}

impl Deref for Kintone {
    type Target = Domain;

    fn deref(&self) -> &Domain {
        &self.domain
    }
}

impl Kintone {
    /// Starts to serve, on a thread of its own.
    ///
    /// # Panics
    /// When the port is taken, or the system gives no thread.
    pub fn start(options: Options) -> Self {
        match Self::try_start(options) {
            Ok(kintone) => kintone,
            Err(error) => panic!("the simulator cannot start: {error}"),
        }
    }

    /// Starts to serve, on a thread of its own.
    ///
    /// # Errors
    /// When the port is taken, or the system gives no thread.
    pub fn try_start(options: Options) -> std::io::Result<Self> {
        let identity = options.https.then(tls::identity);
        let (port, latency) = (options.port, options.latency);
        let (acceptor, ca_pem) = match identity {
            Some(identity) => (Some(identity.acceptor), Some(identity.ca_pem)),
            None => (None, None),
        };
        let domain = Arc::new(Domain::new(options));
        let server = Server::start(port, acceptor, Arc::clone(&domain))?;
        *server.shared.latency() = latency;
        Ok(Self {
            domain,
            server,
            ca_pem,
        })
    }

    /// The address to give to clients, such as `http://localhost:40123`.
    pub fn base_url(&self) -> String {
        let scheme = if self.ca_pem.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://localhost:{}", self.server.address.port())
    }

    /// The certificate of the authority that https clients must trust; `None` over http.
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// Scripts an effect on requests from now on. Several may meet one request; they happen in
    /// the order in which they were scripted, and of several answers the last one counts.
    pub fn script(&self, when: When, effect: Effect) {
        self.server.shared.script().add(when, effect);
    }

    /// Scripts a change of records, apps or time, made before the request is looked at.
    pub fn before(&self, when: When, change: impl Fn(&Domain) + Send + Sync + 'static) {
        let domain = Arc::downgrade(&self.domain);
        let change = move || {
            if let Some(domain) = domain.upgrade() {
                change(&domain);
            }
        };
        self.script(when, Effect::Change(Arc::new(change)));
    }

    /// Forgets everything that was scripted.
    pub fn clear_script(&self) {
        self.server.shared.script().clear();
    }

    /// Sets how much later every answer comes.
    pub fn set_latency(&self, latency: Duration) {
        *self.server.shared.latency() = latency;
    }

    /// Every request so far, in the order in which they came.
    pub fn requests(&self) -> Vec<Seen> {
        self.server.shared.seen().clone()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.server.shared.seen().clear();
    }

    /// The most requests that were under way at one time.
    pub fn max_running(&self) -> usize {
        self.server.shared.most_running()
    }
}

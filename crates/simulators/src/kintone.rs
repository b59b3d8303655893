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
mod given;
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
mod values;
mod write;

use std::time::Duration;

pub use app::App;
pub use auth::Rights;
pub use domain::{Attached, Domain};
pub use error::Language;
pub use field::{Field, FieldType, Lookup};
pub use fixture::LOOKUP_SOURCE;
pub use number::Rounding;

use crate::simulator::Simulator;
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
/// Everything about its apps, records and people is in [`Domain`], which it derefs to; the rest is every
/// [`Simulator`]'s.
pub type Kintone = Simulator<Domain>;

impl Kintone {
    /// Starts to serve, on a thread of its own.
    ///
    /// # Panics
    /// When the port is taken, or the system gives no thread.
    pub fn start(options: Options) -> Self {
        Self::started(Self::try_start(options))
    }

    /// Starts to serve, on a thread of its own.
    ///
    /// # Errors
    /// When the port is taken, or the system gives no thread.
    pub fn try_start(options: Options) -> std::io::Result<Self> {
        let identity = options.https.then(tls::identity);
        let (port, latency) = (options.port, options.latency);
        let kintone = Self::serve(port, identity, Domain::new(options))?;
        kintone.set_latency(latency);
        Ok(kintone)
    }

    /// The address by name, as a domain has one, such as `http://localhost:40123`.
    pub fn base_url(&self) -> String {
        let server = self.server();
        format!("{}://localhost:{}", server.scheme(), server.address.port())
    }

    /// The certificate of the authority that https clients must trust; `None` over http.
    pub fn ca_pem(&self) -> Option<&str> {
        self.server().ca_pem.as_deref()
    }
}

//! A stand-in for Amazon S3 that answers at once and fails when it is told to.
//!
//! It has what simulated exports and their readers ask for: whole objects, ranges, conditional
//! writes and lists by prefix, of buckets that are there as soon as they are named. Uploads in parts
//! and copies are refused. What is proven here is worth as much as this file; moto is the second opinion.
//!
//! **Source**: Amazon S3 API Reference, `PutObject`, `GetObject`, `ListObjectsV2`, "Error responses";
//! User Guide, "How to prevent object overwrites with conditional writes".

mod buckets;
mod list;

use std::sync::Arc;

pub use buckets::Buckets;

use crate::exchange::Seen;
use crate::fault::{Effect, When};
use crate::objects::Objects;
use crate::server::Server;

/// How an [`S3`] starts.
#[derive(Clone, Debug)]
pub struct Options {
    /// The port; 0 takes a free one.
    pub port: u16,
    /// The Region of all buckets.
    pub region: String,
    /// How many keys one page of a list holds at most.
    pub page: usize,
}

impl Default for Options {
    /// A free port, Tokyo, and pages of 1,000 keys, as S3 gives them.
    fn default() -> Self {
        Self {
            port: 0,
            region: "ap-northeast-1".to_owned(),
            page: 1000,
        }
    }
}

/// A running S3. It stops when it is dropped.
#[derive(Debug)]
pub struct S3 {
    buckets: Arc<Buckets>,
    server: Server,
}

impl std::ops::Deref for S3 {
    type Target = Buckets;

    fn deref(&self) -> &Buckets {
        &self.buckets
    }
}

impl S3 {
    /// Starts to serve, on a thread of its own.
    ///
    /// # Panics
    /// When the port is taken, or the system gives no thread.
    pub fn start(options: Options) -> Self {
        let port = options.port;
        let buckets = Arc::new(Buckets::new(options));
        match Server::start(port, None, Arc::clone(&buckets)) {
            Ok(server) => Self { buckets, server },
            Err(error) => panic!("the simulator cannot start: {error}"),
        }
    }

    /// The value of `AWS_ENDPOINT_URL_S3`. Any keys do.
    pub fn address(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// Where simulated services write into these buckets; scripts meet their requests, too.
    pub fn objects(&self) -> Objects {
        Objects::s3(&self.address())
    }

    /// Scripts an effect on requests from now on; [`refusal`] makes one that is S3's own.
    pub fn script(&self, when: When, effect: Effect) {
        self.server.shared.script().add(when, effect);
    }

    /// Forgets everything that was scripted.
    pub fn clear_script(&self) {
        self.server.shared.script().clear();
    }

    /// Every request so far, in the order in which they came.
    pub fn requests(&self) -> Vec<Seen> {
        self.server.shared.seen().clone()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.server.shared.seen().clear();
    }
}

/// An effect for [`script`](S3::script): the request is refused so and does nothing, such as `503` and `SlowDown`.
pub fn refusal(status: u16, code: &str) -> Effect {
    Effect::Answer(buckets::refused(status, code, "scripted failure"))
}

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

pub use buckets::Buckets;

use crate::fault::Effect;
use crate::objects::Objects;
use crate::simulator::Simulator;

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
///
/// Everything about its objects is in [`Buckets`], which it derefs to; the rest is every [`Simulator`]'s.
/// Its address is the value of `AWS_ENDPOINT_URL_S3`; any keys do.
pub type S3 = Simulator<Buckets>;

impl S3 {
    /// Starts to serve, on a thread of its own.
    ///
    /// # Panics
    /// When the port is taken, or the system gives no thread.
    pub fn start(options: Options) -> Self {
        Self::started(Self::serve(options.port, None, Buckets::new(options)))
    }

    /// Where simulated services write into these buckets; scripts meet their requests, too.
    pub fn objects(&self) -> Objects {
        Objects::s3(&self.address())
    }
}

/// An effect for [`script`](S3::script): the request is refused so and does nothing, such as `503` and `SlowDown`.
pub fn refusal(status: u16, code: &str) -> Effect {
    Effect::Answer(buckets::refused(status, code, "scripted failure"))
}

//! Local stand-ins for the services, with scripted failures.
//!
//! A simulator listens on a free port of the loopback address, keeps its whole state in memory,
//! and stops when it is dropped. It runs on a thread of its own, so a test may pause tokio's
//! clock, or use no runtime at all.
//!
//! ```
//! use simulators::kintone::{App, Kintone, Options};
//! use simulators::{Effect, When};
//!
//! let kintone = Kintone::start(Options::default());
//! let app = kintone.add_app(App::article());
//! kintone.script(When::path("records.json").nth(2), Effect::text(503, "busy"));
//! assert_eq!(kintone.records(app).len(), 4);
//! println!("{} with token {}", kintone.base_url(), kintone.token(app));
//! ```
//!
//! Simulators import nothing else of this workspace: a mistake shared with a client would agree
//! with itself. What they obey is written down in `docs/observed`, with its sources.

pub mod bigquery;
mod clock;
pub mod dynamodb;
mod exchange;
mod fault;
pub mod kintone;
mod objects;
pub mod rds;
pub mod s3;
mod server;
mod simulator;
mod tls;

pub use bigquery::BigQuery;
pub use dynamodb::DynamoDb;
pub use exchange::{Answer, Seen};
pub use fault::{Effect, Hold, When};
pub use kintone::Kintone;
pub use objects::{Kept, Objects};
pub use rds::Rds;
pub use s3::S3;
pub use simulator::Simulator;

//! Real services as throw-away processes for tests: each on a free port, killed on drop.
//!
//! A test that needs one depends on this crate; nothing that is deployed does. What is not
//! installed is an error that says what to install, so no test passes without its service.

mod bq;
mod cli_kintone;
mod error;
mod ministack;
mod objects;
mod postgres;
mod process;
mod program;
mod pubsub;
mod rie;
mod sink;
mod sns;

pub use bq::Bq;
pub use cli_kintone::CliKintone;
pub use error::ServiceError;
pub use ministack::Ministack;
pub use objects::{FakeGcsServer, Moto};
pub use postgres::PostgresServer;
pub use process::{Process, free_port};
pub use program::find_program;
pub use pubsub::{PubSubEmulator, PulledMessage};
pub use rie::{LambdaError, Rie};
pub use sink::Sink;
pub use sns::SnsTopic;

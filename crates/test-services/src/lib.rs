//! Real services as throw-away processes for tests: each on a free port, killed on drop.
//!
//! A test that needs one depends on this crate; nothing that is deployed does. What is not
//! installed is an error that says what to install, so no test passes without its service.

mod bq;
mod browser;
mod certificates;
mod cli_kintone;
mod error;
mod mariadb;
mod ministack;
mod objects;
mod port;
mod postgres;
mod process;
mod program;
mod pubsub;
mod rie;
mod sink;
mod sns;
mod user;

pub use bq::Bq;
pub use browser::{Browser, BrowserSetup, Element};
pub use certificates::write_certificates;
pub use cli_kintone::CliKintone;
pub use error::ServiceError;
pub use mariadb::MariaDb;
pub use ministack::Ministack;
pub use objects::{FakeGcsServer, Moto};
pub use port::free_port;
pub use postgres::{PostgresServer, PostgresSetup};
pub use process::Process;
pub use program::find_program;
pub use pubsub::{PubSubEmulator, PulledMessage};
pub use rie::{LambdaError, Rie};
pub use sink::Sink;
pub use sns::SnsTopic;

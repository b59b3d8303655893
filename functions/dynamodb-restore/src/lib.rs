#![doc = include_str!("../README.md")]

mod apply;
mod checkpoint;
mod claim;
mod config;
mod doubt;
mod drill;
mod error;
mod extras;
mod function;
mod hold;
mod identity;
mod import;
mod job;
mod keeper;
mod keys;
mod observe;
mod parts;
mod plan;
mod poison;
mod progress;
mod read;
mod request;
mod reread;
mod segment;
mod source;
mod stages;
mod tell;
mod verify;
mod walk;

pub use config::{Config, Verify};
pub use error::{RestoreError, StartError};
pub use function::DynamodbRestore;
pub use progress::{Stage, Step};
pub use request::{Addresses, Request, StepName, WriteMode};

/// The name of this function: its package, its Lambda function, its log field.
pub const FUNCTION: &str = "dynamodb-restore";

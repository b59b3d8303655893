#![doc = include_str!("../README.md")]

mod apply;
mod aws;
mod chain;
mod config;
mod dry_run;
mod error;
mod export;
mod function;
mod job;
mod look;
mod moment;
mod observe;
mod order;
mod plan;
mod repair;
mod select;
mod tables;
mod verify;

pub use config::{Config, ExportType, Verify};
pub use error::ExportError;
pub use function::DynamodbExport;
pub use tables::{Name, Selection};

/// The name of this function: its package, its Lambda function, its log field.
pub const FUNCTION: &str = "dynamodb-export";

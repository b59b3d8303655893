#![doc = include_str!("../README.md")]

mod apply;
mod aws;
mod choose;
mod config;
mod error;
mod follow;
mod function;
mod name;
mod observe;
mod patience;
mod plan;
mod source;
mod step;
mod verify;

pub use config::{Config, SnapshotType};
pub use error::ExportError;
pub use function::RdsSnapshotExport;
pub use verify::VerifyError;

/// The name of this function: its package, its deployed name, its log field.
pub const FUNCTION: &str = "rds-snapshot-export";

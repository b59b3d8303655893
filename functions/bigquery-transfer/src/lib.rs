//! One BigQuery transfer config per exported table, run when the export is verified, and never silently empty.

mod config;
mod error;
mod function;
mod gcp;
mod handler;
mod keys;
mod place;
mod reconcile;
mod request;
mod tables;
mod transfer_config;
mod transfer_run;

pub use config::{Config, Unwanted};
pub use error::TransferError;
pub use function::{BigqueryTransfer, StartError, Surroundings};
pub use gcp::{ApiError, Pace};
pub use place::Engine;

/// The name of this function: its package, its service, its log field.
pub const FUNCTION: &str = "bigquery-transfer";

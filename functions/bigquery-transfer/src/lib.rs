#![doc = include_str!("../README.md")]

mod apply;
mod arrival;
mod config;
mod data_path;
mod day;
mod day_table;
mod days;
mod empty;
mod error;
mod exports;
mod follow;
mod function;
mod gcp;
mod handler;
mod hindrance;
mod inspect;
mod judge;
mod keys;
mod list;
mod message;
mod names;
mod observe;
mod order;
mod place;
mod plan;
mod reconcile;
mod refusal;
mod request;
mod schedule;
mod start;
mod stray;
mod tables;
mod tell;
mod tick;
mod transfer_config;
mod transfer_run;
mod verdict;
mod work;

pub use apply::ApplyError;
pub use config::{Config, Unwanted};
pub use error::TransferError;
pub use function::{BigqueryTransfer, StartError, Surroundings};
pub use gcp::{ApiError, Pace};
pub use place::Engine;
pub use plan::PlanError;

/// The name of this function: its package, its service, its log field.
pub const FUNCTION: &str = "bigquery-transfer";

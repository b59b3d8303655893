#![doc = include_str!("../README.md")]

mod apply;
mod begun;
mod bulk;
mod checkpoint;
mod config;
mod deal;
mod drill;
mod dry_run;
mod error;
mod find;
mod finding;
mod function;
mod handler;
mod identity;
mod job;
mod journal;
mod map;
mod observe;
mod plan;
mod prepare;
mod progress;
mod references;
mod request;
mod rules;
mod settle;
mod settlement;
mod source;
mod survey;
mod upload;
mod verify;
mod window;
mod work;

pub use config::Config;
pub use error::RestoreError;
pub use function::{KintoneRestore, StartError, Surroundings};
pub use progress::{Stage, Step};
pub use request::{CsvEncoding, Mode, Request, Restore};

/// The name of this function: its package, its service, its log field.
pub const FUNCTION: &str = "kintone-restore";

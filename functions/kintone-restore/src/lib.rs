#![doc = include_str!("../README.md")]

mod apply;
mod begun;
mod bulk;
mod check;
mod checkpoint;
mod config;
mod contents;
mod conversion;
mod deal;
mod drill;
mod dry_run;
mod edits;
mod error;
mod find;
mod finding;
mod function;
mod handler;
mod held;
mod identity;
mod job;
mod journal;
mod leave_out;
mod map;
mod missing;
mod numbers;
mod observe;
mod plan;
mod pointers;
mod prepare;
mod progress;
mod read_back;
mod references;
mod refused;
mod request;
mod room;
mod rules;
mod settle;
mod settlement;
mod source;
mod stages;
mod standing;
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

#![doc = include_str!("../README.md")]

mod attachments;
mod backup;
mod config;
mod error;
mod export;
mod fingerprint;
mod function;
mod handler;
#[cfg(feature = "cloud")]
mod import;
mod job;
mod lines;
mod load;
mod observe;
mod part;
mod plan;
mod progress;
mod publish;
mod records;
mod refresh;
mod seen;
mod sweep;
mod table;

#[cfg(feature = "cloud")]
pub use config::CloudSqlTarget;
pub use config::{BackupConfig, Config, LoadConfig, LoadTarget};
pub use error::ExportError;
pub use function::{KintoneExport, StartError, Surroundings};
pub use handler::Request;
pub use progress::{Stage, Step};

/// The name of this function: its package, its service, its log field.
pub const FUNCTION: &str = "kintone-export";

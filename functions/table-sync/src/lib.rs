#![doc = include_str!("../README.md")]

mod apply;
mod approval;
mod config;
mod database;
mod diff;
mod ends;
mod error;
mod function;
mod handler;
mod login;
mod order;
mod page;
mod plan_id;
mod plans;
mod progress;
mod reading;
mod request;
mod runs;
mod site;
mod undo;
mod verdict;

pub use approval::Approval;
pub use config::Config;
pub use diff::{Counted, CountedTable, Inspection};
pub use error::SyncError;
pub use function::{StartError, Surroundings, TableSync};
pub use login::LoginConfig;
pub use order::OrderError;
pub use page::{Approvers, PageConfig, PageError};
pub use plan_id::PlanId;
pub use plans::{Applied, Failed, PlanEntry, PlanState, Undone, WrittenRows};
pub use progress::{Progress, SyncStage};
pub use request::DiffRequest;
pub use site::SyncSite;
pub use undo::{UndoDecision, UndoPreview, UndoRows};
pub use verdict::verdict;

/// The name of this function: its package, its service, its log field.
pub const FUNCTION: &str = "table-sync";

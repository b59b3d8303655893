//! Running migrations on PostgreSQL.
//!
//! | word | what it is |
//! |---|---|
//! | [`Migrator`] | a session on a database, which runs the files of a folder |
//! | [`Goal`], [`plan`] | where a database shall be brought, and by which files |
//! | [`Status`] | what a database has seen of a folder |
//! | [`Options`], [`Stop`] | how files are run, and how a run is stopped |
//! | [`RunError`] | why a run stops, and its exit code |
//! | [`runnable`], [`FRESH_SESSION`] | whether a file can be run, and what begins each: for whoever tries files out elsewhere |
//! | [`LockIds`], [`Holder`] | golang-migrate's locks, and who holds one |
//!
//! The version is kept as golang-migrate keeps it, under both of its locks, so one can go over from it, and back to it, at any
//! version. A history of our own beside it tells what ran, and finds what was edited, passed over, or left half-way.

mod assess;
mod attempt;
mod dirty;
mod done;
mod error;
mod history;
mod holder;
mod job;
mod leftover;
mod line;
mod lock;
mod lock_id;
mod message;
mod migrator;
mod options;
mod out_of_order;
mod plan;
mod plan_error;
mod pooler;
mod prepare;
mod progress;
mod record;
mod recover;
mod repair;
mod resume;
mod run;
mod server;
mod server_error;
mod session;
mod state;
mod status;
mod stepwise;
mod stop;
mod table;
mod transaction;
mod unit;
mod watcher;
mod wire;

pub use done::{Done, FileDone};
pub use error::{Place, RunError};
pub use holder::Holder;
pub use job::runnable;
pub use lock_id::LockIds;
pub use migrator::Migrator;
pub use options::{Execution, Options};
pub use out_of_order::Renames;
pub use plan::{Allowed, Goal, Step, plan};
pub use plan_error::PlanError;
pub use repair::{Repair, Repaired};
pub use server_error::ServerError;
pub use session::FRESH_SESSION;
pub use status::{Adopted, Applied, Dirty, Edited, Origin, Renamed, Status, Stopped};
pub use stop::{Stop, Stopper};
pub use table::{VersionTable, VersionTableError};

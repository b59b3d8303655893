//! A stand-in for the export of RDS and Aurora snapshots: the RDS API, and what it writes to S3.
//!
//! What it obeys is written down in `docs/observed/rds.md`.

mod account;
mod call;
mod describe;
mod error;
mod fault;
mod layout;
mod only;
mod page;
mod parquet;
mod seed;
mod snapshot;
mod source;
mod start;
mod state;
mod table;
mod task;
mod tasks;
mod truth;
mod xml;

use std::time::Duration;

use jiff::Timestamp;

pub use account::Account;
pub use error::refusal;
pub use fault::{Fault, Obstacle, Tamper};
pub use snapshot::Snapshot;
pub use source::{Engine, Source};
pub use table::Table;
pub use truth::{TableTruth, Truth};

use crate::objects::Objects;
use crate::simulator::Simulator;

/// How an [`Rds`] starts.
#[derive(Clone, Debug)]
pub struct Options {
    /// The port; 0 takes a free one.
    pub port: u16,
    /// The time at which the clock stands; `None` for the true time, which goes on.
    pub now: Option<Timestamp>,
    /// The Region; requests signed for another are refused.
    pub region: String,
    /// The account's number.
    pub account: String,
    /// Where exports are written.
    pub objects: Objects,
    /// How long an export is STARTING, unless its source says otherwise.
    pub starting: Duration,
    /// How long an export is `IN_PROGRESS`, unless its source says otherwise.
    pub running: Duration,
    /// When clusters and instances were created.
    pub created: Timestamp,
    /// How many tables one `export_tables_info_…` file holds at most.
    pub tables_per_info: usize,
    /// Whether that file names a table of `MySQL` `database.table`, not `database.database.table`;
    /// which of the two the service writes is not known.
    pub short_targets: bool,
}

impl Default for Options {
    /// Tokyo, a store in memory, and the times that a tiny cluster took: 12 minutes and 3.
    fn default() -> Self {
        Self {
            port: 0,
            now: None,
            region: "ap-northeast-1".to_owned(),
            account: "123456789012".to_owned(),
            objects: Objects::memory(),
            starting: Duration::from_mins(12),
            running: Duration::from_mins(3),
            created: Timestamp::UNIX_EPOCH,
            tables_per_info: 100,
            short_targets: false,
        }
    }
}

/// A running RDS. It stops when it is dropped.
///
/// Everything about its databases and exports is in [`Account`], which it derefs to; the rest is every
/// [`Simulator`]'s.
pub type Rds = Simulator<Account>;

impl Rds {
    /// Starts to serve, on a thread of its own.
    ///
    /// # Panics
    /// When the port is taken, or the system gives no thread.
    pub fn start(options: Options) -> Self {
        Self::started(Self::try_start(options))
    }

    /// Starts to serve, on a thread of its own.
    ///
    /// # Errors
    /// When the port is taken, or the system gives no thread.
    pub fn try_start(options: Options) -> std::io::Result<Self> {
        Self::serve(options.port, None, Account::new(options))
    }
}

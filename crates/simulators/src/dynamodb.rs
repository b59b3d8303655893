//! A stand-in for DynamoDB: its JSON API for tables, items and exports, and the objects that an export leaves.
//!
//! What it obeys is written down in `docs/observed/dynamodb.md`.
//!
//! ```
//! use simulators::dynamodb::{DynamoDb, Fault, Options, Part, Table};
//!
//! let dynamodb = DynamoDb::start(Options::default());
//! dynamodb.add_table(Table::article("table1"));
//! dynamodb.spoil_next("table1", Fault::Missing(Part::Data(0)));
//! println!("AWS_ENDPOINT_URL_DYNAMODB={}", dynamodb.address());
//! ```

mod account;
mod data;
mod describe;
mod ending;
mod export;
mod fault;
mod history;
mod hosted;
mod list;
mod output;
mod parameters;
mod refusal;
mod route;
mod rule;
mod start;
mod state;
mod table;
mod tags;
mod window;

use std::time::Duration;

use jiff::Timestamp;

pub use account::Account;
pub use data::{ImportFault, Tally, Trouble, Write, canonical};
pub use export::{Scope, Truth};
pub use fault::{Counted, Fault, Part};
pub use refusal::{expired, refuse};
pub use table::{PointInTimeRecovery, Table};

use crate::objects::Objects;
use crate::simulator::Simulator;

/// How a [`DynamoDb`] starts.
#[derive(Clone, Debug)]
pub struct Options {
    /// The port; 0 takes a free one.
    pub port: u16,
    /// The time, which then stands still until it is moved; `None` takes the real one.
    pub now: Option<Timestamp>,
    /// The Region, which is part of every ARN.
    pub region: String,
    /// The account, 12 digits, which is part of every ARN and owns all buckets.
    pub account: String,
    /// Where exports are written, and imports are read.
    pub objects: Objects,
    /// How long an export or an import takes, on the simulator's clock.
    pub duration: Duration,
    /// Whether a full export may be as of a time after `LatestRestorableDateTime`. Observers disagree.
    pub exports_up_to_now: bool,
    /// Whether descriptions carry `ExportType`. Observers disagree; lists of exports always do.
    pub describes_type: bool,
    /// How exports are laid out, where sources disagree or keep silent.
    pub layout: Layout,
    /// How long a `NextToken` is good for.
    pub token_life: Duration,
    /// How long a table is CREATING; without it, it is ACTIVE when it is looked at next.
    pub creating: Duration,
    /// How long a table is DELETING; without it, it is gone when it is looked at next.
    pub deleting: Duration,
    /// How old the `ItemCount` and the `TableSizeBytes` of a table are.
    pub count_lag: Duration,
    /// How long reads that are not consistent miss an item that was written.
    pub read_lag: Duration,
    /// Whether every `BatchWriteItem` and `PutItem` is answered at once, whatever it says, and kept nowhere: for benchmarks.
    pub null_sink: bool,
}

impl Default for Options {
    /// A free port, the real time, Tokyo, objects in memory; an export takes the twelve minutes that most take.
    fn default() -> Self {
        Self {
            port: 0,
            now: None,
            region: "ap-northeast-1".to_owned(),
            account: "123456789012".to_owned(),
            objects: Objects::memory(),
            duration: Duration::from_mins(12),
            exports_up_to_now: false,
            describes_type: false,
            layout: Layout::default(),
            token_life: Duration::from_hours(1),
            creating: Duration::ZERO,
            deleting: Duration::ZERO,
            count_lag: Duration::from_hours(6),
            read_lag: Duration::ZERO,
            null_sink: false,
        }
    }
}

/// How an export is laid out, where sources disagree or keep silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Whether checksums end in `.checksum`, as the documentation says, not `.md5`, as was seen.
    pub checksum_suffix: bool,
    /// Whether the keys within manifests begin with the prefix that the export was given.
    pub keys_with_prefix: bool,
    /// Whether the summary of a full export says `exportType`.
    pub type_in_full: bool,
}

impl Default for Layout {
    /// `.md5`, keys from the root of the bucket, and a type in every summary.
    fn default() -> Self {
        Self {
            checksum_suffix: false,
            keys_with_prefix: true,
            type_in_full: true,
        }
    }
}

/// A running DynamoDB. It stops when it is dropped.
///
/// Everything about its tables and exports is in [`Account`], which it derefs to; the rest is every
/// [`Simulator`]'s. Its address is the value of `AWS_ENDPOINT_URL_DYNAMODB`; any keys do.
pub type DynamoDb = Simulator<Account>;

impl DynamoDb {
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

//! A stand-in for the part of DynamoDB that exports tables: its JSON API, and the objects that an export leaves.
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
mod describe;
mod ending;
mod export;
mod fault;
mod history;
mod list;
mod output;
mod parameters;
mod refusal;
mod route;
mod rule;
mod start;
mod state;
mod table;
mod window;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

pub use account::Account;
pub use export::{Scope, Truth};
pub use fault::{Counted, Fault, Part};
pub use refusal::refuse;
pub use table::{PointInTimeRecovery, Table};

use crate::exchange::Seen;
use crate::fault::{Effect, When};
use crate::objects::Objects;
use crate::server::Server;

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
    /// Where exports are written.
    pub objects: Objects,
    /// How long an export takes, on the simulator's clock.
    pub duration: Duration,
    /// Whether a full export may be as of a time after `LatestRestorableDateTime`. Observers disagree.
    pub exports_up_to_now: bool,
    /// Whether descriptions carry `ExportType`. Observers disagree; lists of exports always do.
    pub describes_type: bool,
    /// How exports are laid out, where sources disagree or keep silent.
    pub layout: Layout,
    /// How long a `NextToken` is good for.
    pub token_life: Duration,
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
/// Everything about its tables and exports is in [`Account`], which it derefs to.
#[derive(Debug)]
pub struct DynamoDb {
    account: Arc<Account>,
    server: Server,
}

impl Deref for DynamoDb {
    type Target = Account;

    fn deref(&self) -> &Account {
        &self.account
    }
}

impl DynamoDb {
    /// Starts to serve, on a thread of its own.
    ///
    /// # Panics
    /// When the port is taken, or the system gives no thread.
    pub fn start(options: Options) -> Self {
        match Self::try_start(options) {
            Ok(dynamodb) => dynamodb,
            Err(error) => panic!("the simulator cannot start: {error}"),
        }
    }

    /// Starts to serve, on a thread of its own.
    ///
    /// # Errors
    /// When the port is taken, or the system gives no thread.
    pub fn try_start(options: Options) -> std::io::Result<Self> {
        let port = options.port;
        let account = Arc::new(Account::new(options));
        let server = Server::start(port, None, Arc::clone(&account))?;
        Ok(Self { account, server })
    }

    /// The value of `AWS_ENDPOINT_URL_DYNAMODB`. Any keys do.
    pub fn address(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// Scripts an effect on requests from now on, such as [`refuse`] for throttling. Several may meet one request;
    /// they happen in the order in which they were scripted, and of several answers the last one counts.
    pub fn script(&self, when: When, effect: Effect) {
        self.server.shared.script().add(when, effect);
    }

    /// Scripts a change of tables, exports or time, made before the request is looked at.
    pub fn before(&self, when: When, change: impl Fn(&Account) + Send + Sync + 'static) {
        let account = Arc::downgrade(&self.account);
        let change = move || {
            if let Some(account) = account.upgrade() {
                change(&account);
            }
        };
        self.script(when, Effect::Change(Arc::new(change)));
    }

    /// Forgets everything that was scripted for requests.
    pub fn clear_script(&self) {
        self.server.shared.script().clear();
    }

    /// Sets how much later every answer comes.
    pub fn set_latency(&self, latency: Duration) {
        *self.server.shared.latency() = latency;
    }

    /// Every request so far, in the order in which they came.
    pub fn requests(&self) -> Vec<Seen> {
        self.server.shared.seen().clone()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.server.shared.seen().clear();
    }
}

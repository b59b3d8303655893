//! A stand-in for the BigQuery Data Transfer Service, and for the datasets, tables and jobs of BigQuery that it needs.
//!
//! Every request is held against Google's discovery documents, which come with the Python package
//! `google-api-python-client`: a key that no schema knows, or a value of another type, is refused and kept as a
//! [violation](Account::violations). What it obeys beyond them is written down in `docs/observed/bigquery.md`.
//!
//! ```no_run
//! use simulators::bigquery::{BigQuery, Options};
//!
//! let bigquery = BigQuery::start(Options::default());
//! bigquery.add_dataset("app_prod_rds_data", "asia-northeast1");
//! bigquery.add_table("app_prod_rds_data", "users", 0);
//! bigquery.add_object("backups", "export-20261121/app/app.users/1/part-0.gz.parquet", 42);
//! println!("BIGQUERY_DATA_TRANSFER_ENDPOINT={0} BIGQUERY_ENDPOINT={0}", bigquery.address());
//! assert_eq!(bigquery.violations(), [""; 0]);
//! ```

mod account;
mod config;
mod configs;
mod credential;
mod data_path;
mod data_source;
mod dataset;
mod discovery;
mod enumeration;
mod fault;
mod hosted;
mod job;
mod journal;
mod load;
mod mask;
mod name;
mod object;
mod page;
mod publish;
mod refusal;
mod route;
mod run;
mod runs;
mod schedule;
mod schema;
mod start;
mod state;
mod table;
mod wish;

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

pub use account::Account;
pub use data_path::expanded;
pub use fault::Fault;
pub use publish::Finished;
pub use refusal::{denied, refuse, throttled};

use crate::simulator::Simulator;

/// How a [`BigQuery`] starts.
#[derive(Clone, Debug)]
pub struct Options {
    /// The port; 0 takes a free one.
    pub port: u16,
    /// The folder with `bigquerydatatransfer.v1.json` and `bigquery.v2.json`; `None` takes the one that
    /// `TASUKI_DISCOVERY_DOCUMENTS` names, as `scripts/test/environment.sh` sets it.
    pub documents: Option<PathBuf>,
    /// The time at which the clock stands; `None` for the true time, which goes on.
    pub now: Option<Timestamp>,
    /// The project's id, as clients name it.
    pub project: String,
    /// The project's number, which is in the name of every transfer config and run.
    pub project_number: String,
    /// When a run goes on.
    pub pace: Pace,
    /// How old an object must be before a run sees it; the true service takes about five minutes.
    pub visible_after: Duration,
    /// The most that a page of a list holds, whatever is asked for; the true service gives 1000.
    pub most_on_page: usize,
    /// Where topics are published to, such as `http://127.0.0.1:8085`; `None` keeps messages for
    /// [`Account::finished`] only.
    pub pubsub: Option<String>,
    /// A file that gets a JSON line with `method`, `path` and `query` for each request as it comes.
    pub journal: Option<PathBuf>,
    /// Whether the parameters in a finished run's message carry the secret key. Whether the true service puts it
    /// there is not known, so the worse of the two is the default.
    pub tells_secret: bool,
    /// Whether `amazon_s3` takes its secret key from Secret Manager.
    pub secret_manager_allowed: bool,
}

impl Default for Options {
    /// A free port, the true time, pages of 1000, and runs that end when they are looked at for the second time.
    fn default() -> Self {
        Self {
            port: 0,
            documents: None,
            now: None,
            project: "demo-project".to_owned(),
            project_number: "123456789012".to_owned(),
            pace: Pace::Looks(1),
            visible_after: Duration::ZERO,
            most_on_page: 1000,
            pubsub: None,
            journal: None,
            tells_secret: true,
            secret_manager_allowed: false,
        }
    }
}

/// When a run goes on from PENDING to RUNNING to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Each time a client sees it, and to its end when it was seen so many times before.
    Looks(u32),
    /// By the clock: it ends after so long, the first quarter of which it is PENDING.
    Takes(Duration),
}

/// A running BigQuery. It stops when it is dropped.
///
/// Everything about its configs, runs and tables is in [`Account`], which it derefs to; the rest is every
/// [`Simulator`]'s. Both APIs have the one address; any token does, and none.
pub type BigQuery = Simulator<Account>;

impl BigQuery {
    /// Starts to serve, on a thread of its own.
    ///
    /// # Panics
    /// When the port is taken, the discovery documents are missing, or the system gives no thread.
    pub fn start(options: Options) -> Self {
        Self::started(Self::try_start(options))
    }

    /// Starts to serve, on a thread of its own.
    ///
    /// # Errors
    /// When the port is taken, the discovery documents are missing, or the system gives no thread.
    pub fn try_start(options: Options) -> std::io::Result<Self> {
        let account = Account::new(options)?;
        Self::serve(account.port(), None, account)
    }

    /// Every request so far that was to change something, as `METHOD /path`, in order.
    ///
    /// `:checkValidCreds` is a POST that changes nothing, and is left out.
    pub fn writes(&self) -> Vec<String> {
        let requests = self.requests().into_iter();
        let writes = requests.filter(|seen| seen.method != "GET");
        let lines = writes.map(|seen| format!("{} {}", seen.method, seen.path));
        lines
            .filter(|line| !line.ends_with(":checkValidCreds"))
            .collect()
    }
}

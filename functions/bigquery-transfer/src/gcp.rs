//! The BigQuery Data Transfer API and the BigQuery API: the one place that names an SDK type.

mod configs;
mod dataset;
mod error;
mod jobs;
mod runs;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use function_core::{Backoff, Env, retry};
use google_cloud_auth::credentials::anonymous;
use google_cloud_bigquery_datatransfer_v1::client::DataTransferService;
use google_cloud_bigquery_v2::client::{DatasetService, JobService, TableService};
use google_cloud_gax::error::Error as SdkError;
use google_cloud_gax::retry_policy::NeverRetry;
use google_cloud_wkt::Timestamp as WireTimestamp;
use jiff::Timestamp;

use crate::keys::Keys;

pub(crate) use configs::ScheduleForm;
#[cfg(test)]
pub(crate) use configs::mask;
pub(crate) use dataset::Dataset;
pub use error::ApiError;
pub(crate) use error::Fault;

use error::{Attempt, Call};

/// How long one request may take.
const REQUEST_TIME: Duration = Duration::from_mins(1);

/// Both APIs, in one project and for one dataset. Cloning is cheap; clones count their requests together.
#[derive(Clone, Debug)]
pub(crate) struct BigQuery {
    transfers: DataTransferService,
    datasets: DatasetService,
    tables: TableService,
    jobs: JobService,
    project: String,
    dataset: String,
    keys: Keys,
    pace: Pace,
    requests: Arc<AtomicU64>,
}

/// How patient the function is with Google's services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How often a request is sent that meets passing faults. Default 8.
    pub attempts: NonZeroU32,
    /// The longest pause before the second attempt; it doubles. Default 1 s.
    pub first: Duration,
    /// The longest pause of all. Default 1 min: quotas are counted by the minute.
    pub longest: Duration,
    /// Between two looks at a job of BigQuery. Default 1 s.
    pub poll: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            attempts: NonZeroU32::MIN.saturating_add(7),
            first: Duration::from_secs(1),
            longest: Duration::from_mins(1),
            poll: Duration::from_secs(1),
        }
    }
}

/// Where the requests go.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) project: String,
    pub(crate) dataset: String,
    /// What creates and changes of configs carry, and what no error may show.
    pub(crate) keys: Keys,
    pub(crate) pace: Pace,
}

/// A client of the SDK for the address in a variable, with credentials of none where it is a stand-in's.
macro_rules! client {
    ($service:ty, $env:expr, $variable:literal) => {{
        // The one retry loop is ours: the SDK's does not know which of our writes may be repeated.
        let mut builder = <$service>::builder()
            .with_retry_policy(NeverRetry)
            .with_attempt_timeout(REQUEST_TIME);
        if let Some(endpoint) = $env.get($variable) {
            builder = builder
                .with_endpoint(endpoint)
                .with_credentials(anonymous::Builder::new().build());
        }
        builder.build().await
    }};
}

impl BigQuery {
    /// Clients with the platform's credentials; none are needed for `BIGQUERY_DATA_TRANSFER_ENDPOINT` and
    /// `BIGQUERY_ENDPOINT`, a stand-in's addresses. Nothing is asked of any service yet.
    ///
    /// # Errors
    /// There are no credentials.
    pub(crate) async fn connect(
        env: &Env,
        target: Target,
    ) -> Result<Self, google_cloud_gax::client_builder::Error> {
        Ok(Self {
            transfers: client!(DataTransferService, env, "BIGQUERY_DATA_TRANSFER_ENDPOINT")?,
            datasets: client!(DatasetService, env, "BIGQUERY_ENDPOINT")?,
            tables: client!(TableService, env, "BIGQUERY_ENDPOINT")?,
            jobs: client!(JobService, env, "BIGQUERY_ENDPOINT")?,
            project: target.project,
            dataset: target.dataset,
            keys: target.keys,
            pace: target.pace,
            requests: Arc::default(),
        })
    }

    /// How many requests were sent since the start, repeated ones among them.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Waits before the attempt after the one of the number `attempt`, from 1.
    pub(crate) async fn pause(&self, attempt: u32) {
        let factor = 2_u32.saturating_pow(attempt - 1);
        let pause = self.pace.first.saturating_mul(factor);
        tokio::time::sleep(pause.min(self.pace.longest)).await;
    }

    /// Sends what `attempt` makes until it succeeds, fails for good, or must not be repeated.
    async fn call<T, Sending>(
        &self,
        call: Call<'_>,
        attempt: impl Fn() -> Sending,
    ) -> Result<T, ApiError>
    where
        Sending: Future<Output = Result<T, SdkError>>,
    {
        let backoff = Backoff::new(self.pace.first, self.pace.longest);
        let once = || async {
            self.requests.fetch_add(1, Ordering::Relaxed);
            // The SDK's futures are large; on the heap they need not be copied from caller to caller.
            let answer = Box::pin(attempt()).await;
            answer.map_err(|error| Attempt::new(call, &error, &self.keys))
        };
        let done = retry(self.pace.attempts, backoff, tokio::time::sleep, once).await;
        done.map_err(Attempt::into_error)
    }
}

/// The SDK's form of a time.
fn on_wire(time: Timestamp) -> WireTimestamp {
    WireTimestamp::clamp(time.as_second(), time.subsec_nanosecond())
}

/// Our form of a time; times that no calendar has are left out.
fn from_wire(time: Option<WireTimestamp>) -> Option<Timestamp> {
    let time = time?;
    Timestamp::new(time.seconds(), time.nanos()).ok()
}

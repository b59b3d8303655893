//! The function: its settings, its services, and what it does with an event.

use std::sync::Arc;

use cloud_store::Store;
use dynamodb_table::Tables;
use function_core::{Clock, Env, Event, Outcome};
use function_runtime::Function;
use jiff::Timestamp;
use run_record::Ledger;
use tokio::sync::watch;

use crate::FUNCTION;
use crate::config::Config;
use crate::error::{RestoreError, StartError};
use crate::progress::{Progress, Step};
use crate::request::{Ask, Request};
use crate::tell::Conclusion;
use crate::walk::KEYS_MAX;

/// dynamodb-restore, ready for events. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct DynamodbRestore {
    pub(crate) config: Arc<Config>,
    pub(crate) env: Env,
    pub(crate) clock: Clock,
    pub(crate) tables: Tables,
    /// Where dynamodb-export writes to.
    pub(crate) home: Option<Store>,
    /// The folder of this function's runs.
    pub(crate) runs: Store,
    pub(crate) ledger: Ledger,
    pub(crate) progress: Progress,
    /// How many keys are held in memory at once, at most.
    pub(crate) keys_max: u64,
}

impl DynamodbRestore {
    /// Reads the settings and opens what they name. Nothing is asked of any service yet.
    ///
    /// # Errors
    /// Every setting that is missing or wrong.
    pub async fn from_env(env: &Env) -> Result<Self, StartError> {
        Self::with(env, Clock::system()).await
    }

    /// The function with a given clock.
    ///
    /// # Errors
    /// Every setting that is missing or wrong.
    pub async fn with(env: &Env, clock: Clock) -> Result<Self, StartError> {
        let config = Config::from_env(env)?;
        let home = match &config.bucket {
            Some(bucket) => {
                Some(Store::open(&format!("s3://{bucket}/{}", config.prefix), env).await?)
            }
            None => None,
        };
        let runs = Store::open(&config.runs_url, env).await?;
        Ok(Self {
            ledger: Ledger::new(&runs, FUNCTION, clock.clone()),
            runs: runs.folder(FUNCTION),
            tables: Tables::open(env).await,
            progress: Progress::default(),
            keys_max: KEYS_MAX,
            env: env.clone(),
            config: Arc::new(config),
            home,
            clock,
        })
    }

    /// The same with so many keys in memory at once, 1 at least, where a million is usual: what more of them do needs no million of items to be seen.
    #[must_use]
    pub fn holding_keys(mut self, keys_max: u64) -> Self {
        self.keys_max = keys_max.max(1);
        self
    }

    /// How far the present restore is. It changes as long as an event is worked on.
    pub fn progress(&self) -> watch::Receiver<Step> {
        self.progress.watch()
    }

    async fn answer(&self, event: &Event) -> Result<Outcome, RestoreError> {
        let deadline = self.clock.now() + self.config.invocation_time;
        let request = Request::of(event)?;
        if request.drill {
            return Box::pin(self.drill(&request, deadline)).await;
        }
        let ask = Ask::of(request, &self.config)?;
        self.restore(&ask, deadline).await.map(outcome)
    }

    async fn restore(&self, ask: &Ask, deadline: Timestamp) -> Result<Conclusion, RestoreError> {
        let job = self.job(ask, deadline).await?;
        Box::pin(job.work()).await
    }
}

/// One run's end as the platform is told of it.
fn outcome(conclusion: Conclusion) -> Outcome {
    match conclusion.failure {
        Some(failure) => Outcome::Drop(failure),
        None => Outcome::Done(vec![conclusion.report]),
    }
}

impl Function for DynamodbRestore {
    async fn handle(&self, event: Event) -> Outcome {
        // The whole of a restore is one large future; on the heap it need not be copied from caller to caller.
        let answered = Box::pin(self.answer(&event)).await;
        self.progress.end();
        answered.unwrap_or_else(|error| Outcome::from_error(&error, error.exit()))
    }
}

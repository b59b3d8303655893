//! The function: its settings, its clients, and its records.

use std::sync::Arc;

use cloud_store::{Store, StoreError};
use function_core::{Clock, ConfigError, Env, Settings};
use notify::Notifier;
use run_record::Ledger;

use crate::FUNCTION;
use crate::config::Config;
use crate::gcp::{BigQuery, Pace, Target};

/// bigquery-transfer, ready for events.
#[derive(Clone, Debug)]
pub struct BigqueryTransfer {
    pub(crate) config: Arc<Config>,
    pub(crate) bigquery: BigQuery,
    pub(crate) ledger: Ledger,
    /// The folder of this function's run records.
    pub(crate) runs: Store,
    pub(crate) notifier: Notifier,
    pub(crate) clock: Clock,
    pub(crate) env: Env,
}

/// Why the function can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Settings are missing or wrong.
    #[error("the settings are at fault")]
    Config(#[from] ConfigError),
    /// An address is wrong.
    #[error("RUNS_URL can't be used")]
    Store(#[from] StoreError),
    /// There are no credentials.
    #[error(
        "there are no credentials for Google Cloud; run `gcloud auth application-default login`, or run it in the cloud"
    )]
    Credentials(#[from] google_cloud_gax::client_builder::Error),
}

/// What the function takes from outside; tests give their own.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The settings.
    pub env: Env,
    /// The time.
    pub clock: Clock,
    /// How patient it is with Google's services.
    pub pace: Pace,
}

impl Surroundings {
    /// Those of a process with the environment `env`.
    pub fn of_process(env: &Env) -> Self {
        Self {
            env: env.clone(),
            clock: Clock::system(),
            pace: Pace::default(),
        }
    }
}

impl BigqueryTransfer {
    /// Reads the settings and makes the clients. Nothing is asked of any service yet.
    ///
    /// # Errors
    /// Every setting that is missing or wrong, or there are no credentials.
    pub async fn from_env(env: &Env) -> Result<Self, StartError> {
        Self::with(Surroundings::of_process(env)).await
    }

    /// The function in given surroundings.
    ///
    /// # Errors
    /// Every setting that is missing or wrong, or there are no credentials.
    pub async fn with(surroundings: Surroundings) -> Result<Self, StartError> {
        let Surroundings { env, clock, pace } = surroundings;
        let mut settings = Settings::new(&env);
        let config = Config::read(&mut settings);
        let notifier = Notifier::from_settings(&mut settings);
        settings.finish()?;
        if config.notification_topic.is_none() {
            tracing::warn!(
                "NOTIFICATION_TOPIC is not set: the end of a run is found by ticks only"
            );
        }
        let target = Target {
            project: config.project.clone(),
            dataset: config.dataset.clone(),
            keys: config.keys.clone(),
            pace,
        };
        let runs = Store::open(&config.runs_url, &env).await?;
        Ok(Self {
            bigquery: BigQuery::connect(&env, target).await?,
            ledger: Ledger::new(&runs, FUNCTION, clock.clone()),
            runs: runs.folder(FUNCTION),
            notifier: notifier.in_zone(config.time_zone.clone()),
            config: Arc::new(config),
            clock,
            env,
        })
    }
}

//! The function: its settings, its databases, its plans and its records.

use std::sync::Arc;

use cloud_store::{Store, StoreError};
use function_core::{Clock, ConfigError, Env, Secret, Settings};
use notify::Notifier;
use run_record::Ledger;
use table_diff::{Database, DatabaseError, Limits};

use crate::FUNCTION;
use crate::config::Config;
use crate::database;
use crate::page::PageError;
use crate::plans::Plans;

/// How long logging in to a database may take.
const LOGIN_PATIENCE: std::time::Duration = std::time::Duration::from_secs(15);

/// table-sync, ready for events and for people. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct TableSync {
    pub(crate) config: Arc<Config>,
    pub(crate) source: Arc<dyn Database>,
    pub(crate) target: Arc<dyn Database>,
    /// The target by the role that writes.
    pub(crate) apply: Option<Arc<dyn Database>>,
    /// The source by the role that writes.
    pub(crate) reverse_apply: Option<Arc<dyn Database>>,
    pub(crate) plans: Plans,
    pub(crate) ledger: Ledger,
    pub(crate) notifier: Notifier,
    pub(crate) clock: Clock,
}

/// Why the function can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Settings are missing or wrong.
    #[error("the settings are at fault")]
    Config(#[from] ConfigError),
    /// An address of a store can't be used.
    #[error("PLANS_URL or RUNS_URL can't be used")]
    Store(#[from] StoreError),
    /// An address of a database can't be used.
    #[error("an address of a database can't be used")]
    Database(#[from] DatabaseError),
    /// There can be no page.
    #[error(transparent)]
    Page(#[from] PageError),
}

/// What the function takes from outside; tests give their own.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The settings.
    pub env: Env,
    /// The time.
    pub clock: Clock,
}

impl Surroundings {
    /// Those of a process with the environment `env`.
    pub fn of_process(env: &Env) -> Self {
        Self {
            env: env.clone(),
            clock: Clock::system(),
        }
    }
}

impl TableSync {
    /// Reads the settings and opens the stores. Nothing is asked of any database yet.
    ///
    /// # Errors
    /// Every setting that is missing or wrong, or a store can't be used.
    pub async fn from_env(env: &Env) -> Result<Self, StartError> {
        Self::with(Surroundings::of_process(env)).await
    }

    /// The function in given surroundings.
    ///
    /// # Errors
    /// Every setting that is missing or wrong, or a store can't be used.
    pub async fn with(surroundings: Surroundings) -> Result<Self, StartError> {
        let Surroundings { env, clock } = surroundings;
        let mut settings = Settings::new(&env);
        let config = Config::read(&mut settings);
        let notifier = Notifier::from_settings(&mut settings);
        settings.finish()?;
        let plans = Store::open(&config.plans_url, &env).await?;
        let runs = match &config.runs_url {
            Some(url) => Store::open(url, &env).await?,
            None => plans.folder("runs"),
        };
        let maybe = |url: &Option<Secret>| url.as_ref().map(database::open).transpose();
        Ok(Self {
            source: database::open(&config.source_url)?,
            target: database::open(&config.target_url)?,
            apply: maybe(&config.apply_url)?,
            reverse_apply: maybe(&config.reverse_apply_url)?,
            plans: Plans::new(plans),
            ledger: Ledger::new(&runs, FUNCTION, clock.clone()),
            notifier: notifier.in_zone(config.time_zone.clone()),
            config: Arc::new(config),
            clock,
        })
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Whether plans of this direction can be applied: an address with the role that writes is set.
    pub fn can_apply(&self, reverse: bool) -> bool {
        let writer = if reverse {
            &self.reverse_apply
        } else {
            &self.apply
        };
        writer.is_some()
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits {
            connect: LOGIN_PATIENCE,
            lock: self.config.lock_timeout.unsigned_abs(),
            statement: self.config.statement_timeout.unsigned_abs(),
        }
    }
}

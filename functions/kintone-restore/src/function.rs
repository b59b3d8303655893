//! The function: its settings, its stores, and where addresses lead.

use std::sync::Arc;

use cloud_store::{Store, StoreError};
use function_core::{Clock, ConfigError, Env, Settings};
use kintone_client::{Client, ClientError, Sleep};
use kintone_format::folder_of;
use notify::Notifier;
use run_record::Ledger;
use tokio::sync::watch;

use crate::FUNCTION;
use crate::config::Config;
use crate::error::RestoreError;
use crate::progress::{Progress, Step};
use crate::request::Mode;

/// kintone-restore, ready for events.
#[derive(Clone, Debug)]
pub struct KintoneRestore {
    pub(crate) config: Arc<Config>,
    bucket: Option<Store>,
    /// The folder of this function's run records.
    pub(crate) runs: Store,
    pub(crate) ledger: Ledger,
    pub(crate) notifier: Notifier,
    pub(crate) clock: Clock,
    pub(crate) sleep: Sleep,
    pub(crate) progress: Progress,
    env: Env,
}

/// Why the function can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Settings are missing or wrong.
    #[error("the settings are at fault")]
    Config(#[from] ConfigError),
    /// The bucket's address is wrong.
    #[error("BUCKET or RUNS_URL can't be used")]
    Store(#[from] StoreError),
    /// Kintone's address or authentication is wrong.
    #[error("the settings for Kintone can't be used")]
    Client(#[from] ClientError),
}

/// What the function takes from outside; tests give their own.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The settings.
    pub env: Env,
    /// The store of the backups; `None` for the one that `BUCKET` names.
    pub bucket: Option<Store>,
    /// Who tells people; `None` for what the settings name.
    pub notifier: Option<Notifier>,
    /// The time.
    pub clock: Clock,
    /// How to wait between two attempts of a request.
    pub sleep: Sleep,
}

impl Surroundings {
    /// Those of a process with the environment `env`.
    pub fn of_process(env: &Env) -> Self {
        Self {
            env: env.clone(),
            bucket: None,
            notifier: None,
            clock: Clock::system(),
            sleep: Sleep::tokio(),
        }
    }
}

impl KintoneRestore {
    /// Reads the settings and opens what they name. Nothing is asked of any service yet.
    ///
    /// # Errors
    /// Every setting that is missing or wrong.
    pub async fn from_env(env: &Env) -> Result<Self, StartError> {
        Self::with(Surroundings::of_process(env)).await
    }

    /// The function in given surroundings.
    ///
    /// # Errors
    /// Every setting that is missing or wrong.
    pub async fn with(surroundings: Surroundings) -> Result<Self, StartError> {
        let Surroundings {
            env,
            bucket,
            notifier,
            clock,
            sleep,
        } = surroundings;
        let mut settings = Settings::new(&env);
        let config = Config::read(&mut settings);
        let notifier = notifier.unwrap_or_else(|| Notifier::from_settings(&mut settings));
        settings.finish()?;
        let bucket = match (bucket, &config.bucket) {
            (Some(bucket), _) => Some(bucket),
            (None, Some(address)) => Some(Store::open(address, &env).await?),
            (None, None) => None,
        };
        let runs = match (&config.runs_url, &bucket) {
            (Some(address), _) => Store::open(address, &env).await?,
            (None, Some(bucket)) => bucket.folder("runs"),
            // The settings are refused without either.
            (None, None) => Store::open("./runs", &env).await?,
        };
        for app in &config.kintone.apps {
            config.kintone.client(*app, &sleep)?;
        }
        Ok(Self {
            ledger: Ledger::new(&runs, FUNCTION, clock.clone()),
            runs: runs.folder(FUNCTION),
            notifier: notifier.in_zone(config.time_zone.clone()),
            config: Arc::new(config),
            bucket,
            clock,
            sleep,
            progress: Progress::default(),
            env,
        })
    }

    /// Watches how far the present run is.
    pub fn progress(&self) -> watch::Receiver<Step> {
        self.progress.watch()
    }

    /// A client for `app`, which may be written to.
    pub(crate) fn client(&self, app: u64) -> Result<Client, RestoreError> {
        let kintone = &self.config.kintone;
        if !kintone.apps.contains(&app) && self.config.drill_app != Some(app) {
            let known: Vec<_> = kintone.apps.iter().map(u64::to_string).collect();
            return Err(RestoreError::UnknownApp {
                app,
                known: known.join(", "),
            });
        }
        Ok(kintone.client(app, &self.sleep)?)
    }

    /// How many bulks are under way at the same time. Where records are changed each looks at what the one before left.
    pub(crate) fn bulks_at_once(&self, mode: Mode) -> usize {
        match mode {
            Mode::Insert => self.config.parallel_bulks,
            Mode::Upsert | Mode::ReplaceChanged => 1,
        }
    }

    /// What run ids start with: `{domain}-{app}`.
    pub(crate) fn target_name(&self, app: u64) -> String {
        folder_of(self.config.kintone.host(), app).replace('/', "-")
    }

    /// The store and the key of the object at `address`; a relative one is below `BUCKET`.
    pub(crate) async fn locate(&self, address: &str) -> Result<(Store, String), RestoreError> {
        if is_whole(address) {
            let (folder, name) = address.rsplit_once('/').unwrap_or((".", address));
            let folder = if folder.is_empty() { "/" } else { folder };
            return Ok((Store::open(folder, &self.env).await?, name.to_owned()));
        }
        let bucket = self.bucket.clone();
        let bucket = bucket.ok_or_else(|| RestoreError::NoBucket {
            address: address.to_owned(),
        })?;
        Ok((bucket, address.to_owned()))
    }

    /// The folder at `address`; a relative one is below `BUCKET`.
    pub(crate) async fn folder(&self, address: &str) -> Result<Store, RestoreError> {
        if is_whole(address) {
            return Ok(Store::open(address, &self.env).await?);
        }
        let bucket = self.bucket.as_ref().ok_or_else(|| RestoreError::NoBucket {
            address: address.to_owned(),
        })?;
        Ok(bucket.folder(address))
    }
}

/// Whether an address says itself where it is.
fn is_whole(address: &str) -> bool {
    address.contains("://") || address.starts_with(['/', '.'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_start_names_what_is_wrong_with_notices_beside_all_else() {
        let env = Env::default()
            .with("TIME_ZONE", "Tokyo")
            .with("NOTIFY_LANGUAGE", "fr");
        let error = KintoneRestore::from_env(&env).await.unwrap_err();
        let StartError::Config(ConfigError { faults }) = error else {
            panic!("{error}")
        };
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        for name in ["BUCKET", "TIME_ZONE", "NOTIFY_LANGUAGE"] {
            assert!(faults.iter().any(|it| it.starts_with(name)), "{faults:?}");
        }
    }
}

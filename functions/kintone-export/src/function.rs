//! The function: its settings, its stores, and what it does with an event.

use std::collections::BTreeMap;
use std::sync::Arc;

use cloud_store::{Store, StoreError};
use cloud_topic::{Topic, TopicError};
use function_core::{Clock, ConfigError, Env, Settings};
use kintone_client::{Client, ClientError, Sleep};
use kintone_format::folder_of;
use notify::Notifier;
use run_record::Ledger;
use tokio::sync::watch;

use crate::FUNCTION;
use crate::config::Config;
use crate::error::ExportError;
use crate::progress::{Progress, Step};

/// kintone-export, ready for events.
#[derive(Clone, Debug)]
pub struct KintoneExport {
    pub(crate) config: Arc<Config>,
    pub(crate) bucket: Store,
    pub(crate) ledger: Ledger,
    pub(crate) topic: Option<Topic>,
    pub(crate) notifier: Notifier,
    pub(crate) clock: Clock,
    #[cfg(feature = "cloud")]
    pub(crate) env: Env,
    pub(crate) progress: Progress,
    clients: Arc<BTreeMap<u64, Client>>,
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
    /// The topic's name is wrong.
    #[error("FANOUT_TOPIC can't be used")]
    Topic(#[from] TopicError),
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

impl KintoneExport {
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
        let bucket = match bucket {
            Some(bucket) => bucket,
            None => Store::open(&config.bucket, &env).await?,
        };
        let runs = match &config.runs_url {
            Some(address) => Store::open(address, &env).await?,
            None => bucket.folder("runs"),
        };
        let topic = config
            .fanout_topic
            .as_deref()
            .map(|name| Topic::open(name, &env))
            .transpose()?;
        let clients = config
            .kintone
            .apps
            .iter()
            .map(|app| Ok((*app, config.kintone.client(*app, &sleep)?)));
        let clients = clients.collect::<Result<_, ClientError>>()?;
        Ok(Self {
            ledger: Ledger::new(&runs, FUNCTION, clock.clone()),
            notifier: notifier.in_zone(config.time_zone.clone()),
            config: Arc::new(config),
            bucket,
            topic,
            clock,
            #[cfg(feature = "cloud")]
            env,
            progress: Progress::default(),
            clients: Arc::new(clients),
        })
    }

    /// Watches how far the present run is.
    pub fn progress(&self) -> watch::Receiver<Step> {
        self.progress.watch()
    }

    /// The client and the folder of `app`.
    pub(crate) fn place(&self, app: u64) -> Result<(Client, Store), ExportError> {
        let client = self
            .clients
            .get(&app)
            .ok_or_else(|| ExportError::UnknownApp {
                app,
                known: self
                    .config
                    .kintone
                    .apps
                    .iter()
                    .map(u64::to_string)
                    .collect::<Vec<_>>()
                    .join(", "),
            })?;
        Ok((
            client.clone(),
            self.bucket
                .folder(&folder_of(self.config.kintone.host(), app)),
        ))
    }

    /// What run ids start with: `{domain}-{app}`.
    pub(crate) fn source(&self, app: u64) -> String {
        folder_of(self.config.kintone.host(), app).replace('/', "-")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_start_names_what_is_wrong_with_notices_beside_all_else() {
        let env = Env::default()
            .with("TIME_ZONE", "Tokyo")
            .with("NOTIFY_LANGUAGE", "fr");
        let error = KintoneExport::from_env(&env).await.unwrap_err();
        let StartError::Config(ConfigError { faults }) = error else {
            panic!("{error}")
        };
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        for name in ["BUCKET", "TIME_ZONE", "NOTIFY_LANGUAGE"] {
            assert!(faults.iter().any(|it| it.starts_with(name)), "{faults:?}");
        }
    }
}

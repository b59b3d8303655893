//! The settings that all such functions have, and what is opened from them.

use cloud_store::{Address, Store, StoreError};
use cloud_topic::{Topic, TopicError};
use function_core::{Clock, ConfigError, Env, Settings, chain};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use notify::Notifier;
use run_record::Ledger;

use crate::Machine;

/// The settings that all functions have that follow an export.
#[derive(Clone, Debug)]
pub struct Common {
    /// `S3_PREFIX`: the folder in the bucket, without slashes at its ends. Default none.
    pub prefix: String,
    /// `TIME_ZONE`: the zone of logical dates. Default `Asia/Tokyo`.
    pub time_zone: TimeZone,
    /// `RUNS_URL`: where run records go. Default `runs` in the bucket, below `S3_PREFIX`.
    pub runs_url: Option<String>,
    /// `MAX_SHRINK_PERCENT`: how much of the rows or bytes a verified run may have lost before people are told, 0 to 100. Default 20.
    pub max_shrink_percent: u64,
    /// `EXPORT_TIMEOUT`: how long an export may take before people are told. Default `12h`.
    pub timeout: SignedDuration,
    /// `EXPORT_ATTEMPTS`: how often an export is started for one day, 1 to 9. Default 3.
    pub attempts: u32,
    /// `VERIFIED_TOPIC`: where the "export verified" message goes. Default nowhere.
    pub verified_topic: Option<String>,
    /// Who is told, read with all other settings so that its faults are named with theirs.
    notifier: Notifier,
}

/// What a function takes from outside; tests give their own.
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

/// Why a function can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Settings are missing or wrong.
    #[error("the settings are at fault")]
    Config(#[from] ConfigError),
    /// An address is wrong.
    #[error("the bucket or RUNS_URL can't be used")]
    Store(#[from] StoreError),
    /// The topic's name is wrong.
    #[error("VERIFIED_TOPIC can't be used")]
    Topic(#[from] TopicError),
}

impl Common {
    /// Reads them.
    pub fn from_settings(settings: &mut Settings<'_>) -> Self {
        let time_zone = settings.time_zone();
        Self {
            prefix: prefix(settings),
            notifier: Notifier::from_settings(settings).in_zone(time_zone.clone()),
            time_zone,
            runs_url: Address::from_settings(settings, "RUNS_URL"),
            max_shrink_percent: settings.bounded(
                "MAX_SHRINK_PERCENT",
                20,
                0..=100,
                "a percentage, 0 to 100",
            ),
            timeout: settings.duration_or("EXPORT_TIMEOUT", SignedDuration::from_hours(12)),
            attempts: settings.bounded("EXPORT_ATTEMPTS", 3, 1..=9, "a number from 1 to 9"),
            verified_topic: verified_topic(settings),
        }
    }

    /// Opens what the settings name: the bucket, and the machine on it. Nothing is asked of any service yet.
    ///
    /// # Errors
    /// An address or a topic's name is wrong.
    pub async fn open(
        &self,
        function: &'static str,
        bucket: &str,
        env: &Env,
        clock: Clock,
    ) -> Result<(Store, Machine), StartError> {
        let store = Store::open(&format!("s3://{bucket}"), env).await?;
        let home = match self.prefix.as_str() {
            "" => store.clone(),
            prefix => store.folder(prefix),
        };
        let runs = match &self.runs_url {
            Some(address) => Store::open(address, env).await?,
            None => home.folder("runs"),
        };
        let topic = self.verified_topic.as_deref();
        let topic = topic.map(|name| Topic::open(name, env)).transpose()?;
        let machine = Machine {
            function,
            ledger: Ledger::new(&runs, function, clock.clone()),
            verified: home.folder("verified").folder(function),
            notifier: self.notifier.clone(),
            topic,
            clock,
            max_shrink_percent: self.max_shrink_percent,
        };
        Ok((store, machine))
    }
}

/// The bucket that the setting `name` names: required, a name alone.
pub fn bucket(settings: &mut Settings<'_>, name: &str) -> String {
    let bucket = settings.required(name, "the bucket that the exports go to");
    check_bucket(settings, name, &bucket);
    bucket
}

/// The same where it may be left out.
pub fn optional_bucket(settings: &mut Settings<'_>, name: &str) -> Option<String> {
    let bucket = settings.optional(name)?;
    check_bucket(settings, name, bucket);
    Some(bucket.to_owned())
}

fn check_bucket(settings: &mut Settings<'_>, name: &str, bucket: &str) {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if !bucket.chars().all(is_plain) {
        settings.refuse(
            name,
            "a bucket's name without s3:// and folders; S3_PREFIX is the folder",
        );
    }
}

/// `S3_PREFIX`: the folder in the bucket, without slashes at its ends; empty for none.
pub fn prefix(settings: &mut Settings<'_>) -> String {
    let prefix = settings.optional("S3_PREFIX").unwrap_or_default();
    let prefix = prefix.trim_matches('/').to_owned();
    if !prefix.chars().all(is_plain) || prefix.split('/').any(|part| part == "..") {
        settings.refuse(
            "S3_PREFIX",
            "letters, digits, / . _ and - only; services change other characters",
        );
    }
    prefix
}

/// `VERIFIED_TOPIC`, where it is set. What no service could have is refused while other faults are named, too.
fn verified_topic(settings: &mut Settings<'_>) -> Option<String> {
    let name = settings.optional("VERIFIED_TOPIC")?;
    match Topic::open(name, settings.env()) {
        Ok(_) => {}
        Err(TopicError::Name { rule, .. }) => settings.refuse("VERIFIED_TOPIC", rule),
        Err(error) => settings.refuse("VERIFIED_TOPIC", &chain(&error)),
    }
    Some(name.to_owned())
}

/// Characters that every service leaves as they are.
fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '/' | '.' | '_' | '-')
}

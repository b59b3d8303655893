//! The settings, from environment variables.

mod export;
mod runs;
mod target;

use std::str::FromStr;

use cloud_store::Address;
use function_core::{ConfigError, Env, Pattern, Settings};
use jiff::SignedDuration;
use jiff::tz::TimeZone;

use crate::keys::Keys;
use crate::place::Engine;

pub(crate) use target::Location;

/// The settings of bigquery-transfer.
#[derive(Clone, Debug)]
pub struct Config {
    /// `PROJECT`: the project of the dataset and the configs. Default `GOOGLE_CLOUD_PROJECT`; one of both is required.
    pub project: String,
    /// `DATASET`: the dataset that the tables are in. Default `{APP_NAME}_{ENV}_rds_data`, as in the article.
    pub dataset: String,
    /// `LOCATION`: where a dataset is created that is not there. Default `asia-northeast1`; the location of one that is there wins, and one that is set must be the same.
    pub location: Location,
    /// `STACK`: who a config belongs to, in the marker of its name: letters, digits, `-` and `_`. Default `ENV`, else `tasuki`.
    pub stack: String,
    /// `TARGET_TABLES`: the address of a list of tables: `gs://bucket/target_tables.txt`, or a file. Default none: the tables of the message.
    pub target_tables: Option<String>,
    /// `INCLUDE`: patterns of `database.table` or `database.schema.table` with `*`, with commas between them. Default all.
    pub(crate) include: Vec<Pattern>,
    /// `EXCLUDE`: the same for tables that are left out. Default none.
    pub(crate) exclude: Vec<Pattern>,
    /// `DATABASE`: the database of names in `TARGET_TABLES` without one. Default the message's, where it has only one.
    pub database: Option<String>,
    /// `ENGINE`: `mysql` or `postgresql`, for as long as no message told it. Default `mysql`.
    pub engine: Engine,
    /// `EXPORT_S3_BUCKET` or `S3_EXPORT_BUCKET_NAME`: the bucket, for as long as no message told it.
    pub bucket: Option<String>,
    /// `EXPORT_PREFIX`: the export's folder with `{date}` in it, for as long as no message told it. Default `export-id-{ENV}-{date}`, as in the article.
    pub prefix: Option<String>,
    /// `SCHEDULE`: when configs run by themselves, in UTC, such as `every day 17:00`. Default not at all: they are started when an export is verified.
    pub schedule: Option<String>,
    /// `UNWANTED`: what happens to our configs of tables that are not wanted any more: `report`, `disable` or `delete`. Default `report`.
    pub unwanted: Unwanted,
    /// `S3_ACCESS_KEY_ID_FILE` or `S3_ACCESS_KEY_ID`, and `S3_SECRET_ACCESS_KEY_FILE` or `S3_SECRET_ACCESS_KEY`: the key that BigQuery reads the bucket with. Required.
    pub(crate) keys: Keys,
    /// `NOTIFICATION_TOPIC`: the topic `projects/PROJECT/topics/TOPIC` that each config tells the end of its runs. Default none: ends are found by ticks only.
    pub notification_topic: Option<String>,
    /// `SERVICE_ACCOUNT`: the account that new configs run as. Default the function's own.
    pub service_account: Option<String>,
    /// `FILE_DELAY`: how old an export's newest file must be before runs start, at least `5m`. Default `5m`.
    pub file_delay: SignedDuration,
    /// `RUN_TIMEOUT`: how long the runs of a day may take before people are told. Default `6h`.
    pub run_timeout: SignedDuration,
    /// `RUNS_URL`: where run records go: `gs://bucket/runs`, or a folder. Required.
    pub runs_url: String,
    /// `TIME_ZONE`: the zone of logical dates. Default `Asia/Tokyo`.
    pub time_zone: TimeZone,
}

/// What happens to our configs of tables that are not wanted any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unwanted {
    /// They are named.
    #[default]
    Report,
    /// They are switched off.
    Disable,
    /// They are deleted. Their tables stay.
    Delete,
}

impl FromStr for Unwanted {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        match name {
            "report" => Ok(Self::Report),
            "disable" => Ok(Self::Disable),
            "delete" => Ok(Self::Delete),
            _ => Err(()),
        }
    }
}

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    /// Every setting that is missing or wrong.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let mut settings = Settings::new(env);
        let config = Self::read(&mut settings);
        settings.finish()?;
        Ok(config)
    }

    pub(crate) fn read(settings: &mut Settings<'_>) -> Self {
        let text = |settings: &Settings<'_>, name| settings.optional(name).map(ToOwned::to_owned);
        Self {
            project: target::project(settings),
            dataset: target::dataset(settings),
            location: target::location(settings),
            stack: target::stack(settings),
            target_tables: text(settings, "TARGET_TABLES"),
            include: settings.patterns("INCLUDE"),
            exclude: settings.patterns("EXCLUDE"),
            database: text(settings, "DATABASE"),
            engine: settings.parsed_or("ENGINE", Engine::default(), "mysql or postgresql"),
            bucket: export::bucket(settings),
            prefix: export::prefix(settings),
            schedule: runs::schedule(settings),
            unwanted: settings.parsed_or(
                "UNWANTED",
                Unwanted::default(),
                "report, disable or delete",
            ),
            keys: Keys::from_settings(settings),
            notification_topic: runs::notification_topic(settings),
            service_account: runs::service_account(settings),
            file_delay: runs::file_delay(settings),
            run_timeout: settings.duration_or("RUN_TIMEOUT", SignedDuration::from_hours(6)),
            runs_url: runs_url(settings),
            time_zone: settings.time_zone(),
        }
    }
}

fn runs_url(settings: &mut Settings<'_>) -> String {
    Address::from_settings(settings, "RUNS_URL").unwrap_or_else(|| {
        settings.missing(
            "RUNS_URL",
            "where run records go: gs://bucket/runs, or a folder such as ./runs",
        );
        String::new()
    })
}

//! The settings, from environment variables.

use std::str::FromStr;

use cloud_store::{Address, StoreError};
use function_core::{ConfigError, Env, Settings, chain};
use jiff::SignedDuration;
use jiff::tz::TimeZone;

use crate::keys::Keys;
use crate::place::Engine;
use crate::tables::Pattern;

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
    /// `FILE_DELAY`: how old an export's newest file must be before runs start. Default `5m`.
    pub file_delay: SignedDuration,
    /// `RUN_TIMEOUT`: how long the runs of a day may take before people are told. Default `6h`.
    pub run_timeout: SignedDuration,
    /// `RUNS_URL`: where run records go: `gs://bucket/runs`, or a folder. Required.
    pub runs_url: String,
    /// `TIME_ZONE`: the zone of logical dates. Default `Asia/Tokyo`.
    pub time_zone: TimeZone,
}

/// Where the dataset is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The location's name.
    pub name: String,
    /// Whether somebody set it.
    pub is_set: bool,
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
            project: project(settings),
            dataset: dataset(settings),
            location: location(settings),
            stack: stack(settings),
            target_tables: text(settings, "TARGET_TABLES"),
            include: patterns(settings, "INCLUDE"),
            exclude: patterns(settings, "EXCLUDE"),
            database: text(settings, "DATABASE"),
            engine: settings.parsed_or("ENGINE", Engine::default(), "mysql or postgresql"),
            bucket: bucket(settings),
            prefix: prefix(settings),
            schedule: schedule(settings),
            unwanted: settings.parsed_or(
                "UNWANTED",
                Unwanted::default(),
                "report, disable or delete",
            ),
            keys: Keys::from_settings(settings),
            notification_topic: notification_topic(settings),
            service_account: service_account(settings),
            file_delay: settings.duration_or("FILE_DELAY", SignedDuration::from_mins(5)),
            run_timeout: settings.duration_or("RUN_TIMEOUT", SignedDuration::from_hours(6)),
            runs_url: runs_url(settings),
            time_zone: settings.time_zone(),
        }
    }
}

/// **Source**: Resource Manager documentation, "Creating and managing projects": 6 to 30 lower-case letters, digits and
/// hyphens; older projects have a domain and a colon in front.
fn project(settings: &mut Settings<'_>) -> String {
    let name = match settings.optional("PROJECT") {
        Some(_) => "PROJECT",
        None => "GOOGLE_CLOUD_PROJECT",
    };
    let Some(project) = settings.optional(name) else {
        settings.missing(
            "PROJECT",
            "the project of the dataset, such as example-prod",
        );
        return String::new();
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '.');
    if !project.chars().all(is_plain) {
        settings.refuse(name, "a project's id: letters, digits and hyphens");
    }
    project.to_owned()
}

/// **Source**: BigQuery documentation, "Creating datasets": letters, digits and underscores, up to 1024.
fn dataset(settings: &mut Settings<'_>) -> String {
    let (name, dataset) = match (
        settings.optional("DATASET"),
        settings.optional("APP_NAME"),
        settings.optional("ENV"),
    ) {
        (Some(dataset), _, _) => ("DATASET", dataset.to_owned()),
        (None, Some(app), Some(environment)) => {
            ("APP_NAME", format!("{app}_{environment}_rds_data"))
        }
        _ => {
            settings.missing(
                "DATASET",
                "the dataset that the tables go to, such as app_prod_rds_data, which APP_NAME=app and ENV=prod stand for",
            );
            return String::new();
        }
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !dataset.chars().all(is_plain) || dataset.len() > 1024 {
        settings.refuse(
            name,
            "a dataset's name has letters, digits and underscores only; set DATASET to such a one",
        );
    }
    dataset
}

fn location(settings: &mut Settings<'_>) -> Location {
    let set = settings.optional("LOCATION");
    let name = set.unwrap_or("asia-northeast1").to_owned();
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        settings.refuse(
            "LOCATION",
            "a location of BigQuery, such as asia-northeast1 or us",
        );
    }
    Location {
        name,
        is_set: set.is_some(),
    }
}

fn stack(settings: &mut Settings<'_>) -> String {
    let (name, stack) = match (settings.optional("STACK"), settings.optional("ENV")) {
        (Some(stack), _) => ("STACK", stack),
        (None, Some(environment)) => ("ENV", environment),
        (None, None) => ("STACK", "tasuki"),
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !stack.chars().all(is_plain) {
        settings.refuse(
            name,
            "letters, digits, - and _: it marks the configs that are ours",
        );
    }
    stack.to_owned()
}

fn patterns(settings: &mut Settings<'_>, name: &str) -> Vec<Pattern> {
    settings
        .list(name)
        .iter()
        .map(|text| Pattern::new(text))
        .collect()
}

fn bucket(settings: &mut Settings<'_>) -> Option<String> {
    let name = match settings.optional("EXPORT_S3_BUCKET") {
        Some(_) => "EXPORT_S3_BUCKET",
        None => "S3_EXPORT_BUCKET_NAME",
    };
    let bucket = settings.optional(name)?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if !bucket.chars().all(is_plain) {
        settings.refuse(
            name,
            "a bucket's name without s3:// and folders; EXPORT_PREFIX is the folder",
        );
    }
    Some(bucket.to_owned())
}

fn prefix(settings: &mut Settings<'_>) -> Option<String> {
    let Some(prefix) = settings.optional("EXPORT_PREFIX") else {
        let environment = settings.optional("ENV")?;
        return Some(format!("export-id-{environment}-{{date}}"));
    };
    let prefix = prefix.trim_matches('/');
    if !prefix.contains("{date}") {
        settings.refuse(
            "EXPORT_PREFIX",
            "the folder of an export with {date} in the place of its date, such as export-id-prod-{date}",
        );
    }
    Some(prefix.to_owned())
}

/// **Source**: BigQuery Data Transfer documentation, "Amazon S3 transfers": transfers run once an hour at the most often.
fn schedule(settings: &mut Settings<'_>) -> Option<String> {
    let words = settings.optional("SCHEDULE")?.to_owned();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | ',' | ':');
    if !words.chars().all(is_plain) || !words.contains(' ') {
        settings.refuse(
            "SCHEDULE",
            "words of the transfer service in UTC, such as every day 17:00, or unset for runs that start when an export is verified",
        );
    }
    Some(words)
}

fn notification_topic(settings: &mut Settings<'_>) -> Option<String> {
    let topic = settings.optional("NOTIFICATION_TOPIC")?;
    let parts: Vec<&str> = topic.split('/').collect();
    if !matches!(parts[..], ["projects", project, "topics", name] if !project.is_empty() && !name.is_empty())
    {
        settings.refuse("NOTIFICATION_TOPIC", "projects/PROJECT/topics/TOPIC");
    }
    Some(topic.to_owned())
}

fn service_account(settings: &mut Settings<'_>) -> Option<String> {
    let account = settings.optional("SERVICE_ACCOUNT")?;
    if !account.contains('@') {
        settings.refuse(
            "SERVICE_ACCOUNT",
            "the account's address, such as transfer@example-prod.iam.gserviceaccount.com",
        );
    }
    Some(account.to_owned())
}

fn runs_url(settings: &mut Settings<'_>) -> String {
    let url = settings.required(
        "RUNS_URL",
        "where run records go: gs://bucket/runs, or a folder such as ./runs",
    );
    if !url.is_empty() {
        match url.parse::<Address>() {
            Ok(_) => {}
            Err(StoreError::Address { rule, .. }) => settings.refuse("RUNS_URL", &rule),
            Err(error) => settings.refuse("RUNS_URL", &chain(&error)),
        }
    }
    url
}

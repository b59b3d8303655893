//! The settings, from environment variables.

mod columns;
mod databases;
mod limits;

use cloud_store::Address;
use function_core::{ConfigError, Env, Pattern, Secret, Settings};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use table_diff::Compare;

use crate::page::PageConfig;

pub(crate) use columns::Columns;

/// The settings of table-sync.
#[derive(Clone, Debug)]
pub struct Config {
    /// `SOURCE_URL_FILE` or `SOURCE_URL`: the database that rows come from, by a role that may only read: `postgres://…` or `mysql://…`. Required.
    pub(crate) source_url: Secret,
    /// `TARGET_URL_FILE` or `TARGET_URL`: the database that rows go to, by a role that may only read. Required.
    pub(crate) target_url: Secret,
    /// `APPLY_URL_FILE` or `APPLY_URL`: the target by the role that writes. Default none: plans can be made and seen, not applied.
    pub(crate) apply_url: Option<Secret>,
    /// `REVERSE_APPLY_URL_FILE` or `REVERSE_APPLY_URL`: the source by a role that writes, for reverse plans. Default none.
    pub(crate) reverse_apply_url: Option<Secret>,
    /// `SOURCE_NAME`: what people call the source. Default `development`.
    pub source_name: String,
    /// `TARGET_NAME`: what people call the target. Default `production`.
    pub target_name: String,
    /// `TABLES`: patterns of `schema.table` with `*`, with commas between them. Required.
    pub(crate) tables: Vec<Pattern>,
    /// `EXCLUDE`: the same for tables that are left out. Default none.
    pub(crate) exclude: Vec<Pattern>,
    /// `KEYS`: the key columns of tables where the primary key is not to be used: `schema.table:column+column`, with commas between tables. Default none.
    pub(crate) keys: Columns,
    /// `TIMES`: the column of the time of change where it is not found by its name: `schema.table:column`. Default none.
    pub(crate) times: Columns,
    /// `LEAVE_OUT`: columns that are neither compared nor written: `schema.table:column+column`. Default none.
    pub(crate) leave_out: Columns,
    /// `COMPARE`: `content`, or `time` for keys and times of change alone. Default `content`.
    pub compare: Compare,
    /// `EXACT`: `on` tells apart what SQL holds equal, such as `1.0` and `1.00`; slower. Default `off`.
    pub exact: bool,
    /// `PARALLEL`: how many sessions each side lends, 1 to 32. Default 16.
    pub parallel: usize,
    /// `LOCK_TIMEOUT`: how long a write may wait for a lock, `1s` to `10m`. Default `5s`.
    pub lock_timeout: SignedDuration,
    /// `STATEMENT_TIMEOUT`: how long one statement of a write may take, `1s` to `24h`. Default `5m`.
    pub statement_timeout: SignedDuration,
    /// `DELETE_ROWS_MAX`: so many deletions of a table are never asked about by name. Default 20.
    pub delete_rows_max: u64,
    /// `DELETE_PERCENT_MAX`: nor are so many percent of the target's rows, 0 to 100. Default 10.
    pub delete_percent_max: u8,
    /// `PLAN_MAX_AGE`: how old a plan may be when it is applied, at least `1m`. Default `24h`.
    pub plan_max_age: SignedDuration,
    /// `PLANS_URL`: where plans are kept: `gs://bucket/plans`, or a folder. Default `./tasuki-plans` outside the cloud, where it is required.
    pub plans_url: String,
    /// `RUNS_URL`: where run records go. Default the folder `runs` below `PLANS_URL`.
    pub runs_url: Option<String>,
    /// `TIME_ZONE`: the zone in which people are told of times. Default `Asia/Tokyo`.
    pub time_zone: TimeZone,
    /// The settings of the page.
    pub page: PageConfig,
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
        Self {
            source_url: databases::required(settings, "SOURCE_URL", "that rows come from"),
            target_url: databases::required(settings, "TARGET_URL", "that rows go to"),
            apply_url: databases::optional(settings, "APPLY_URL"),
            reverse_apply_url: databases::optional(settings, "REVERSE_APPLY_URL"),
            source_name: name(settings, "SOURCE_NAME", "development"),
            target_name: name(settings, "TARGET_NAME", "production"),
            tables: tables(settings),
            exclude: settings.patterns("EXCLUDE"),
            keys: Columns::read(settings, "KEYS"),
            times: columns::times(settings),
            leave_out: Columns::read(settings, "LEAVE_OUT"),
            compare: limits::compare(settings),
            exact: limits::exact(settings),
            parallel: settings.bounded("PARALLEL", 16, 1..=32, "a whole number from 1 to 32"),
            lock_timeout: limits::lock_timeout(settings),
            statement_timeout: limits::statement_timeout(settings),
            delete_rows_max: settings.parsed_or("DELETE_ROWS_MAX", 20, "a whole number of rows"),
            delete_percent_max: settings.bounded(
                "DELETE_PERCENT_MAX",
                10,
                0..=100,
                "a whole number from 0 to 100",
            ),
            plan_max_age: settings.duration_or("PLAN_MAX_AGE", SignedDuration::from_hours(24)),
            plans_url: plans_url(settings),
            runs_url: Address::from_settings(settings, "RUNS_URL"),
            time_zone: settings.time_zone(),
            page: PageConfig::read(settings),
        }
    }
}

fn name(settings: &Settings<'_>, name: &str, default: &str) -> String {
    settings.optional(name).unwrap_or(default).to_owned()
}

fn tables(settings: &mut Settings<'_>) -> Vec<Pattern> {
    let tables = settings.patterns("TABLES");
    if tables.is_empty() {
        settings.missing(
            "TABLES",
            "the tables, as schema.table with commas between them; * stands for any characters",
        );
    }
    tables
}

/// The cloud's file system is memory and forgets, so that a plan must go elsewhere there.
fn plans_url(settings: &mut Settings<'_>) -> String {
    let is_cloud = ["K_SERVICE", "CLOUD_RUN_JOB"]
        .iter()
        .any(|name| settings.optional(name).is_some());
    if is_cloud && settings.optional("PLANS_URL").is_none() {
        return settings.required("PLANS_URL", "where plans are kept: gs://bucket/plans");
    }
    let url = Address::from_settings(settings, "PLANS_URL");
    url.unwrap_or_else(|| "./tasuki-plans".to_owned())
}

//! The settings, from environment variables.

use std::str::FromStr;

use cloud_store::Address;
use function_core::{ConfigError, Env, Settings};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use notify::Notifier;

/// How long one invocation works on Lambda, which ends it after 15 minutes.
const ON_LAMBDA: SignedDuration = SignedDuration::from_mins(13);

/// How long elsewhere: nobody ends a process there.
const ELSEWHERE: SignedDuration = SignedDuration::from_hours(24 * 365);

/// What one deployment of this function restores from and into.
#[derive(Clone, Debug)]
pub struct Config {
    /// `TABLE_NAME`: the table that is written, where the event names none. Default none: it is never guessed from the backup.
    pub table: Option<String>,
    /// `EXPORT_S3_BUCKET`: the bucket of dynamodb-export, where `source` and `drill` look for verified backups. Default none.
    pub bucket: Option<String>,
    /// `S3_PREFIX`: the folder in that bucket, without slashes at its ends. Default none.
    pub prefix: String,
    /// `RUNS_URL`: where run records, reports and poison go. Default `runs` in the bucket, below `S3_PREFIX`; required without a bucket.
    pub runs_url: String,
    /// `MAX_WRU`: the most write units a second, of all parts together, 1 to 1000000. Default 1000.
    pub max_wru: f64,
    /// `MAX_CONCURRENCY`: the most requests under way in one process, 1 to 256. Default 16.
    pub max_concurrency: usize,
    /// `WRU_PRICE`: the price of a million write units in USD. Default none: the plan then tells no cost.
    pub wru_price: Option<f64>,
    /// `IMPORT_PRICE`: the price of a GB that is imported, unpacked, in USD. Default none: the plan of an import then tells no cost.
    pub import_price: Option<f64>,
    /// `VERIFY`: `count`, `sample` or `full`, where the event tells nothing. Default `full`.
    pub verify: Verify,
    /// `INVOCATION_TIME`: how long one invocation works before it saves how far it came. Default `13m` on Lambda, elsewhere without bound.
    pub invocation_time: SignedDuration,
    /// `MAX_INVOCATIONS`: how many invocations a restore may take, 1 to 100000. Default 200.
    pub max_invocations: u32,
    /// `DRILL_TABLES`: the tables whose backups a drill restores, with commas between them. Default all that have a verified backup.
    pub drill_tables: Vec<String>,
    /// `TIME_ZONE`: the zone of the stamps of runs. Default `Asia/Tokyo`.
    pub time_zone: TimeZone,
    /// Who is told.
    pub(crate) notifier: Notifier,
}

/// How a table is read back.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Deserialize,
    serde::Serialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Verify {
    /// The items are counted.
    Count,
    /// They are counted, and about a thousand are compared.
    Sample,
    /// Every item is compared.
    #[default]
    Full,
}

impl FromStr for Verify {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        match word {
            "count" => Ok(Self::Count),
            "sample" => Ok(Self::Sample),
            "full" => Ok(Self::Full),
            _ => Err(()),
        }
    }
}

impl Verify {
    /// The word of the setting.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sample => "sample",
            Self::Full => "full",
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

    fn read(settings: &mut Settings<'_>) -> Self {
        let bucket = reconcile::optional_bucket(settings, "EXPORT_S3_BUCKET");
        let prefix = reconcile::prefix(settings);
        let time_zone = settings.time_zone();
        let usual = match settings.optional("AWS_LAMBDA_RUNTIME_API") {
            Some(_) => ON_LAMBDA,
            None => ELSEWHERE,
        };
        Self {
            table: settings.optional("TABLE_NAME").map(str::to_owned),
            runs_url: runs_url(settings, bucket.as_deref(), &prefix),
            bucket,
            prefix,
            max_wru: settings.bounded(
                "MAX_WRU",
                1000.0,
                1.0..=1e6,
                "write units a second, 1 to 1000000",
            ),
            max_concurrency: settings.bounded(
                "MAX_CONCURRENCY",
                16,
                1..=256,
                "requests under way, 1 to 256",
            ),
            wru_price: price(
                settings,
                "WRU_PRICE",
                "USD for a million write units, such as 1.25",
            ),
            import_price: price(settings, "IMPORT_PRICE", "USD for a GB, such as 0.15"),
            verify: settings.parsed_or("VERIFY", Verify::Full, "count, sample or full"),
            invocation_time: invocation_time(settings, usual),
            max_invocations: settings.bounded(
                "MAX_INVOCATIONS",
                200,
                1..=100_000,
                "a number from 1 to 100000",
            ),
            drill_tables: settings.list("DRILL_TABLES"),
            notifier: Notifier::from_settings(settings).in_zone(time_zone.clone()),
            time_zone,
        }
    }
}

fn runs_url(settings: &mut Settings<'_>, bucket: Option<&str>, prefix: &str) -> String {
    if let Some(address) = Address::from_settings(settings, "RUNS_URL") {
        return address;
    }
    let Some(bucket) = bucket else {
        settings.missing(
            "RUNS_URL",
            "where run records go, such as ./runs; EXPORT_S3_BUCKET would do, too",
        );
        return String::new();
    };
    let folder = if prefix.is_empty() {
        String::new()
    } else {
        format!("{prefix}/")
    };
    format!("s3://{bucket}/{folder}runs")
}

fn invocation_time(settings: &mut Settings<'_>, usual: SignedDuration) -> SignedDuration {
    const NAME: &str = "INVOCATION_TIME";
    let rule = "a duration of at least a second, such as 13m or 20s";
    let time = settings.parsed_or(NAME, usual, rule);
    if time < SignedDuration::from_secs(1) {
        settings.refuse(NAME, rule);
    }
    time
}

fn price(settings: &mut Settings<'_>, name: &'static str, rule: &'static str) -> Option<f64> {
    settings.optional(name)?;
    Some(settings.bounded(name, 0.0, 0.0..=1000.0, rule))
}

//! The settings, from environment variables.

use std::str::FromStr;

use function_core::{ConfigError, Env, Settings};
use jiff::civil::Time;
use reconcile::{Common, bucket};

use crate::tables::Selection;

/// What one deployment of this function exports, and where to.
#[derive(Clone, Debug)]
pub struct Config {
    /// `TABLES` or `TABLE_TAG`: names, ARNs and patterns with `*`, with commas between them; or `key=value` of a tag. One of the two is required.
    pub tables: Selection,
    /// `EXPORT_S3_BUCKET`: the bucket. Required.
    pub bucket: String,
    /// `S3_BUCKET_OWNER`: the account that owns the bucket, 12 digits. Default: the caller's own.
    pub bucket_owner: Option<String>,
    /// `KMS_KEY_ID`: the key, in the Region of the bucket, that `DynamoDB` encrypts with. Default: the service's.
    pub key: Option<String>,
    /// `EXPORT_TYPE`: `full` or `chain`. Default `full`.
    pub export_type: ExportType,
    /// `FULL_EVERY_DAYS`: after how many days a chain begins anew, 1 to 366. Default 28.
    pub full_every_days: u32,
    /// `EXPORT_AT`: the minute as of which tables are exported, `HH:MM` in `TIME_ZONE`. Default: the event's own minute.
    pub export_at: Option<Time>,
    /// `VERIFY`: `manifest` or `full`. Default `manifest`.
    pub verify: Verify,
    /// What all functions have that follow an export.
    pub common: Common,
}

/// Whether each night holds the whole table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExportType {
    /// Each export is the whole table.
    #[default]
    Full,
    /// A full export, then what changed, without a gap.
    Chain,
}

/// How much of an export is read to prove it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verify {
    /// Both manifests, and whether each data file is the one that they list, by its entity tag.
    #[default]
    Manifest,
    /// Each byte of each data file, too.
    Full,
}

impl Verify {
    /// The setting's word.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::Full => "full",
        }
    }
}

impl FromStr for ExportType {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        match word {
            "full" => Ok(Self::Full),
            "chain" => Ok(Self::Chain),
            _ => Err(()),
        }
    }
}

impl FromStr for Verify {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        let all = [Self::Manifest, Self::Full];
        all.into_iter().find(|mode| mode.name() == word).ok_or(())
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
        Self {
            tables: Selection::read(settings),
            bucket: bucket(settings, "EXPORT_S3_BUCKET"),
            bucket_owner: bucket_owner(settings),
            key: settings.optional("KMS_KEY_ID").map(str::to_owned),
            export_type: settings.parsed_or("EXPORT_TYPE", ExportType::Full, "full or chain"),
            full_every_days: settings.bounded(
                "FULL_EVERY_DAYS",
                28,
                1..=366,
                "a number of days, 1 to 366",
            ),
            export_at: export_at(settings),
            verify: settings.parsed_or("VERIFY", Verify::Manifest, "manifest or full"),
            common: Common::from_settings(settings),
        }
    }
}

fn bucket_owner(settings: &mut Settings<'_>) -> Option<String> {
    const NAME: &str = "S3_BUCKET_OWNER";
    let owner = settings.optional(NAME)?;
    if owner.len() != 12 || !owner.bytes().all(|byte| byte.is_ascii_digit()) {
        settings.refuse(NAME, "an AWS account, 12 digits");
    }
    Some(owner.to_owned())
}

fn export_at(settings: &mut Settings<'_>) -> Option<Time> {
    const NAME: &str = "EXPORT_AT";
    let text = settings.optional(NAME)?;
    let time = Time::strptime("%H:%M", text).ok();
    if time.is_none() {
        settings.refuse(NAME, "a time of day in TIME_ZONE, such as 03:00");
    }
    time
}

//! The settings, from environment variables.

mod load;

use function_core::Settings;
use jiff::tz::TimeZone;
use kintone_client::Connection;
use kintone_format::Dialect;
use table_load::Mode;

#[cfg(feature = "cloud")]
pub use self::load::CloudSqlTarget;
pub use self::load::{LoadConfig, LoadTarget};

/// What one deployment of this function exports, and where to.
#[derive(Clone, Debug)]
pub struct Config {
    /// Which apps, and how to reach them.
    pub kintone: Connection,
    /// `BUCKET`: where the backups go: `gs://bucket/prefix`, `s3://bucket/prefix`, a folder, or a bare bucket name, which means `gs://`. Required.
    pub bucket: String,
    /// `RUNS_URL`: where the run records go. Default: `runs/` in `BUCKET`.
    pub runs_url: Option<String>,
    /// `TIME_ZONE`: the zone of the stamps and of times without zone in the database. Default `Asia/Tokyo`.
    pub time_zone: TimeZone,
    /// What is read and how it is written.
    pub backup: BackupConfig,
    /// The database, if any.
    pub load: Option<LoadConfig>,
    /// `FANOUT_TOPIC`: the Pub/Sub topic `projects/P/topics/T` that takes one message per app when there are several. Default: the apps are exported one after the other.
    pub fanout_topic: Option<String>,
}

/// What is read and how it is written.
#[derive(Clone, Debug)]
pub struct BackupConfig {
    /// `QUERY`: only records that meet this condition of the query language. Default: all.
    pub query: Option<String>,
    /// `ORDER_BY`: the order of the records, such as `更新日時 desc`. Default: by id, which is faster.
    pub order_by: Option<String>,
    /// `FIELDS`: only these field codes, joined by commas. Default: all.
    pub fields: Vec<String>,
    /// `CSV_DIALECT`: `compat` (byte-equal to cli-kintone, but safe) or `strict`. Default `compat`.
    pub dialect: Dialect,
    /// `NDJSON_LEVEL`: compression of the lossless lines, 0 to 9, or `off` to leave them out. Default 3.
    pub ndjson_level: Option<u32>,
    /// `ATTACHMENTS`: `on` saves the files too. Default `off`.
    pub attachments: bool,
    /// `INCREMENTAL`: `on` reads only what changed since the last generation; what is written is complete all the same. Default `off`.
    pub incremental: bool,
    /// `MAX_SHRINK_PERCENT`: by how much the number of records may fall against the last verified run, 0 to 100. Default 20.
    pub max_shrink_percent: u64,
}

impl Config {
    /// Reads the settings; whoever finishes `settings` is told of every one that is missing or wrong.
    pub(crate) fn read(settings: &mut Settings<'_>) -> Self {
        let config = Self {
            kintone: Connection::from_settings(settings, "view records"),
            bucket: bucket_address(&settings.required(
                "BUCKET",
                "where the backups go: gs://bucket, s3://bucket or a folder such as ./backups",
            )),
            runs_url: settings.optional("RUNS_URL").map(bucket_address),
            time_zone: settings.time_zone(),
            backup: BackupConfig::read(settings),
            load: LoadConfig::read(settings),
            fanout_topic: settings.optional("FANOUT_TOPIC").map(str::to_owned),
        };
        config.check(settings);
        config
    }

    /// The name of `TIME_ZONE`, as databases know it.
    pub fn time_zone_name(&self) -> String {
        self.time_zone.iana_name().unwrap_or("UTC").to_owned()
    }

    /// Settings that are right alone but not together.
    fn check(&self, settings: &mut Settings<'_>) {
        let backup = &self.backup;
        if backup.ndjson_level.is_none() {
            for (name, is_on) in [
                ("ATTACHMENTS", backup.attachments),
                ("INCREMENTAL", backup.incremental),
                ("LOAD_URL", self.load.is_some()),
            ] {
                if is_on {
                    settings.refuse(
                        "NDJSON_LEVEL",
                        &format!("{name} needs the lossless lines; write 0 to 9"),
                    );
                }
            }
        }
        if backup.incremental && backup.order_by.is_some() {
            settings.refuse(
                "ORDER_BY",
                "INCREMENTAL keeps the records in the order of their ids; unset one of the two",
            );
        }
        if let Some(load) = &self.load
            && load.target.imports_by_itself()
        {
            if load.mode != Mode::Append {
                settings.refuse(
                    "LOAD_MODE",
                    "an import by Cloud SQL only appends; write append",
                );
            }
            if load.columns.is_empty() {
                settings.missing(
                    "LOAD_COLUMNS",
                    "the field=column pairs of the table that Cloud SQL imports into",
                );
            }
            if !self.bucket.starts_with("gs://") {
                settings.refuse(
                    "BUCKET",
                    "Cloud SQL imports from Cloud Storage only; write gs://bucket",
                );
            }
        }
        if let Some(load) = &self.load
            && self.kintone.apps.len() > 1
        {
            if !load.table.contains("{app}") {
                settings.refuse(
                    "LOAD_TABLE",
                    "several apps need a table each; write {app} for the app's id",
                );
            }
            if !load.columns.is_empty() {
                settings.refuse(
                    "LOAD_COLUMNS",
                    "it maps one app's fields; deploy that app's export on its own",
                );
            }
        }
    }
}

impl BackupConfig {
    fn read(settings: &mut Settings<'_>) -> Self {
        Self {
            query: settings.optional("QUERY").map(str::to_owned),
            order_by: settings.optional("ORDER_BY").map(str::to_owned),
            fields: settings.optional("FIELDS").map(list).unwrap_or_default(),
            dialect: settings.parsed_or("CSV_DIALECT", Dialect::Compat, "write compat or strict"),
            ndjson_level: match settings.optional("NDJSON_LEVEL") {
                Some("off") => None,
                _ => Some(settings.bounded("NDJSON_LEVEL", 3, 0..=9, "write 0 to 9, or off")),
            },
            attachments: switch(settings, "ATTACHMENTS"),
            incremental: switch(settings, "INCREMENTAL"),
            max_shrink_percent: settings.bounded(
                "MAX_SHRINK_PERCENT",
                20,
                0..=100,
                "a percentage, 0 to 100",
            ),
        }
    }
}

fn switch(settings: &mut Settings<'_>, name: &str) -> bool {
    match settings.optional(name) {
        None | Some("off") => false,
        Some("on") => true,
        Some(_) => {
            settings.refuse(name, "write on or off");
            false
        }
    }
}

fn list(text: &str) -> Vec<String> {
    text.split(',')
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

/// A bare name is a bucket of Cloud Storage, as in the article; a path has a dot or slash in front.
fn bucket_address(text: &str) -> String {
    let is_address = text.contains("://") || text.starts_with(['.', '/']) || text == "memory:";
    if is_address || text.is_empty() {
        text.to_owned()
    } else {
        format!("gs://{text}")
    }
}

//! The settings, from environment variables.

use std::collections::BTreeMap;
use std::fs;

use function_core::{ConfigError, Env, Secret, Settings};
use jiff::tz::TimeZone;
use kintone_format::Dialect;
use table_load::Mode;

/// What one deployment of this function exports, and where to.
#[derive(Clone, Debug)]
pub struct Config {
    /// Which apps, and how to reach them.
    pub kintone: KintoneConfig,
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

/// Which apps, and how to reach them.
#[derive(Clone, Debug)]
pub struct KintoneConfig {
    /// `KINTONE_BASE_URL`, else `DOMAIN`: the service's address, such as `https://example.cybozu.com`, or `example` for it.
    pub base_url: String,
    /// `APPID`: the app's id, or several as `1,12`. Required.
    pub apps: Vec<u64>,
    /// `TOKEN_FILE`, `TOKEN`, and for app 12 alone `TOKEN_12_FILE`, `TOKEN_12`: the API token, or up to nine joined by commas.
    pub tokens: BTreeMap<u64, Secret>,
    /// `KINTONE_USERNAME`: the login name, where no token is used.
    pub username: Option<String>,
    /// `KINTONE_PASSWORD` or `KINTONE_PASSWORD_FILE`: the password.
    pub password: Option<Secret>,
    /// `KINTONE_BASIC_AUTH_USERNAME`: the login name of the basic authentication, if the domain has it.
    pub basic_username: Option<String>,
    /// `KINTONE_BASIC_AUTH_PASSWORD` or `KINTONE_BASIC_AUTH_PASSWORD_FILE`: its password.
    pub basic_password: Option<Secret>,
    /// `KINTONE_GUEST_SPACE_ID`: the guest space that the apps are in, if they are.
    pub guest_space: Option<u64>,
    /// `KINTONE_CA_FILE`: a file of further trusted certificates in PEM, for a proxy that opens TLS.
    pub ca_pem: Option<String>,
    /// `WINDOWS`: pages that are asked for at the same time, 1 to 8. Default 4.
    pub windows: usize,
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

/// The database that the records are loaded into.
#[derive(Clone, Debug)]
pub struct LoadConfig {
    /// `LOAD_URL` or `LOAD_URL_FILE`: `postgresql://…`, `sqlite:PATH`, or `cloudsql-import://project/instance/database`. Default: no database.
    pub target: LoadTarget,
    /// `LOAD_TABLE`: the table; `{app}` stands for the app's id. Default `kintone_{app}`.
    pub table: String,
    /// `LOAD_MODE`: `replace`, `upsert` or `append`. Default `replace`.
    pub mode: Mode,
    /// `LOAD_COLUMNS`: fills these columns of an existing table, as `レコード番号=record_num,会社=company`. Default: one column for each field, made as needed.
    pub columns: Vec<(String, String)>,
}

/// What takes the records.
#[derive(Clone, Debug)]
pub enum LoadTarget {
    /// A database that this function reaches itself.
    Database(Secret),
    /// A Cloud SQL instance that imports a CSV object by itself.
    #[cfg(feature = "cloud")]
    CloudSqlImport(CloudSqlTarget),
}

impl LoadTarget {
    fn imports_by_itself(&self) -> bool {
        match self {
            Self::Database(_) => false,
            #[cfg(feature = "cloud")]
            Self::CloudSqlImport(_) => true,
        }
    }
}

/// A database of a Cloud SQL instance.
#[cfg(feature = "cloud")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudSqlTarget {
    /// The project of the instance.
    pub project: String,
    /// The instance's name.
    pub instance: String,
    /// The database.
    pub database: String,
}

/// A bare `DOMAIN` is a label of this domain.
const DEFAULT_DOMAIN: &str = "cybozu.com";

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    /// Every setting that is missing or wrong.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let mut settings = Settings::new(env);
        let config = Self {
            kintone: KintoneConfig::read(&mut settings),
            bucket: bucket_address(&settings.required(
                "BUCKET",
                "where the backups go: gs://bucket, s3://bucket or a folder such as ./backups",
            )),
            runs_url: settings.optional("RUNS_URL").map(bucket_address),
            time_zone: time_zone(&mut settings),
            backup: BackupConfig::read(&mut settings),
            load: LoadConfig::read(&mut settings),
            fanout_topic: settings.optional("FANOUT_TOPIC").map(str::to_owned),
        };
        config.check(&mut settings);
        settings.finish()?;
        Ok(config)
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

impl KintoneConfig {
    fn read(settings: &mut Settings<'_>) -> Self {
        let apps = app_ids(settings);
        let username = settings.optional("KINTONE_USERNAME").map(str::to_owned);
        let password = settings.secret("KINTONE_PASSWORD");
        let common = settings.secret("TOKEN");
        let mut tokens = BTreeMap::new();
        for app in &apps {
            let own = settings.secret(&format!("TOKEN_{app}"));
            match own.or_else(|| common.clone()) {
                Some(token) => {
                    tokens.insert(*app, token);
                }
                None if username.is_some() => {}
                None => settings.missing(
                    "TOKEN_FILE",
                    &format!("the file that holds the API token of app {app} (right: view records); TOKEN_{app}_FILE is for that app alone"),
                ),
            }
        }
        if username.is_some() && password.is_none() {
            settings.missing(
                "KINTONE_PASSWORD_FILE",
                "the file that holds the password of KINTONE_USERNAME",
            );
        }
        Self {
            base_url: base_url(settings),
            apps,
            tokens,
            username,
            password,
            basic_username: settings
                .optional("KINTONE_BASIC_AUTH_USERNAME")
                .map(str::to_owned),
            basic_password: settings.secret("KINTONE_BASIC_AUTH_PASSWORD"),
            guest_space: settings.optional("KINTONE_GUEST_SPACE_ID").map(|_| {
                settings.parsed_or(
                    "KINTONE_GUEST_SPACE_ID",
                    0,
                    "the guest space's id, a whole number",
                )
            }),
            ca_pem: ca_pem(settings),
            windows: settings.bounded("WINDOWS", 4, 1..=8, "1 to 8 pages at the same time"),
        }
    }

    /// The host of the service, which names the backups' folder.
    pub fn host(&self) -> &str {
        let rest = self
            .base_url
            .split_once("://")
            .map_or(self.base_url.as_str(), |(_, rest)| rest);
        rest.split(['/', ':']).next().unwrap_or(rest)
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

impl LoadConfig {
    fn read(settings: &mut Settings<'_>) -> Option<Self> {
        let target = load_target(settings)?;
        Some(Self {
            target,
            table: settings
                .optional("LOAD_TABLE")
                .unwrap_or("kintone_{app}")
                .to_owned(),
            mode: settings.parsed_or(
                "LOAD_MODE",
                Mode::Replace,
                "write replace, upsert or append",
            ),
            columns: columns(settings),
        })
    }

    /// The table of `app`.
    pub fn table_of(&self, app: u64) -> String {
        self.table.replace("{app}", &app.to_string())
    }
}

fn load_target(settings: &mut Settings<'_>) -> Option<LoadTarget> {
    let url = settings.secret("LOAD_URL")?;
    let Some(path) = url.expose().strip_prefix("cloudsql-import://") else {
        return Some(LoadTarget::Database(url));
    };
    let target = cloud_sql_target(path);
    if target.is_none() {
        settings.refuse_secret("LOAD_URL", CLOUD_SQL_RULE);
    }
    target
}

#[cfg(feature = "cloud")]
const CLOUD_SQL_RULE: &str = "write cloudsql-import://project/instance/database";
#[cfg(not(feature = "cloud"))]
const CLOUD_SQL_RULE: &str =
    "this program was built without Cloud SQL; build it with --features cloud";

#[cfg(feature = "cloud")]
fn cloud_sql_target(path: &str) -> Option<LoadTarget> {
    let [project, instance, database] = path.split('/').collect::<Vec<_>>()[..] else {
        return None;
    };
    Some(LoadTarget::CloudSqlImport(CloudSqlTarget {
        project: project.to_owned(),
        instance: instance.to_owned(),
        database: database.to_owned(),
    }))
}

#[cfg(not(feature = "cloud"))]
fn cloud_sql_target(_: &str) -> Option<LoadTarget> {
    None
}

fn base_url(settings: &mut Settings<'_>) -> String {
    if let Some(url) = settings.optional("KINTONE_BASE_URL") {
        return url.trim_end_matches('/').to_owned();
    }
    let domain = settings.required(
        "DOMAIN",
        "the part before .cybozu.com of the address, or set KINTONE_BASE_URL to the whole of it",
    );
    if domain.contains('.') {
        format!("https://{domain}")
    } else {
        format!("https://{domain}.{DEFAULT_DOMAIN}")
    }
}

fn app_ids(settings: &mut Settings<'_>) -> Vec<u64> {
    const RULE: &str = "app ids are whole numbers from 1, joined by commas, as in 1,12";
    let text = settings.required(
        "APPID",
        "the id of the app, the number in its address /k/12/",
    );
    let mut apps = Vec::new();
    for part in list(&text) {
        match part.parse() {
            Ok(app) if app > 0 && !apps.contains(&app) => apps.push(app),
            Ok(app) if app > 0 => {}
            _ => settings.refuse("APPID", RULE),
        }
    }
    apps
}

fn time_zone(settings: &mut Settings<'_>) -> TimeZone {
    let name = settings.optional("TIME_ZONE").unwrap_or("Asia/Tokyo");
    TimeZone::get(name).unwrap_or_else(|_| {
        settings.refuse(
            "TIME_ZONE",
            "a name of the IANA database, such as Asia/Tokyo",
        );
        TimeZone::UTC
    })
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

fn columns(settings: &mut Settings<'_>) -> Vec<(String, String)> {
    let Some(text) = settings.optional("LOAD_COLUMNS") else {
        return Vec::new();
    };
    let pairs: Option<Vec<_>> = list(text)
        .into_iter()
        .map(|pair| {
            pair.split_once('=')
                .map(|(code, column)| (code.trim().to_owned(), column.trim().to_owned()))
        })
        .collect();
    pairs.unwrap_or_else(|| {
        settings.refuse("LOAD_COLUMNS", "write field=column pairs joined by commas");
        Vec::new()
    })
}

fn ca_pem(settings: &mut Settings<'_>) -> Option<String> {
    let path = settings.optional("KINTONE_CA_FILE")?;
    match fs::read_to_string(path) {
        Ok(pem) => Some(pem),
        Err(error) => {
            settings.refuse(
                "KINTONE_CA_FILE",
                &format!("the file can't be read: {error}"),
            );
            None
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

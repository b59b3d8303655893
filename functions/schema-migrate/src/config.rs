//! The settings, from environment variables.

mod database;
mod limits;
mod platform;

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use function_core::{ConfigError, Env, Secret, Settings};
use migration_run::{Execution, VersionTable};
use migration_sql::LintOptions;

pub(crate) use database::{Database, Login};

/// The settings of schema-migrate.
#[derive(Clone, Debug)]
pub struct Config {
    /// Which database is migrated, and how to log in there; `None` where a command needs none and none is set.
    pub(crate) database: Option<Database>,
    /// `MIGRATIONS_DIR`: the folder of the migrations. Default `migrations`.
    pub(crate) migrations_dir: PathBuf,
    /// `SCHEMA_DIR`: the folder of the declared schema, whose `*.sql` files `write` applies in order of their names. Default `schema`.
    pub(crate) schema_dir: PathBuf,
    /// `MIGRATIONS_TABLE`: the table of the version, as `TABLE` or `SCHEMA.TABLE`. Default `schema_migrations`.
    pub(crate) migrations_table: VersionTable,
    /// `JOB_LOCK_TIMEOUT`: how long to wait for another migration of the same database to end, `0` to `24h`. Default `5m`.
    pub(crate) job_lock_timeout: Duration,
    /// `LOCK_TIMEOUT`: how long a statement may wait for a table's lock, in which time everybody else waits behind it: `100ms` to `10m`. Default `5s`.
    pub(crate) lock_timeout: Duration,
    /// `LOCK_ATTEMPTS`: how often a file is tried that does not get a lock, 1 to 99. Default 5.
    pub(crate) lock_attempts: NonZeroU32,
    /// `STATEMENT_TIMEOUT`: how long a statement may take, `1s` to `24h`, or `0` for as long as it needs. Default `15m`.
    pub(crate) statement_timeout: Duration,
    /// `OUT_OF_ORDER`: `on` applies versions below the newest applied one, too. Default `off`: they are an error.
    pub(crate) out_of_order: bool,
    /// `SCRATCH_URL_FILE` or `SCRATCH_URL`: a PostgreSQL server for throw-away databases, by a role that may create some. Default none: one is started from installed binaries.
    pub(crate) scratch_url: Option<Secret>,
    /// `POSTGRES_BIN`: the folder of PostgreSQL's binaries, for a throw-away server. Default: looked for on `PATH` and in `/usr/lib/postgresql`, the newest first.
    pub(crate) postgres_bin: Option<PathBuf>,
    /// `SCHEMAS`: the schemas that `write` and `drift` compare, with commas between them. Default all.
    pub(crate) schemas: Vec<String>,
    /// `LINT_EXCLUDE`: rules that `lint` and `check` leave out, with commas between them. Default none.
    pub(crate) lint: LintOptions,
    /// The platform's run that this is an attempt of.
    pub(crate) execution: Option<Execution>,
    /// Which of the platform's parallel tasks this is, from 0. Only the first migrates.
    pub(crate) task_index: u32,
}

impl Config {
    /// Reads the settings; the database is required if the command `needs_database`.
    ///
    /// # Errors
    /// Every setting that is missing or wrong.
    pub fn from_env(env: &Env, needs_database: bool) -> Result<Self, ConfigError> {
        let mut settings = Settings::new(env);
        let config = Self::read(&mut settings, needs_database);
        settings.finish()?;
        Ok(config)
    }

    fn read(settings: &mut Settings<'_>, needs_database: bool) -> Self {
        Self {
            database: Database::read(settings, needs_database),
            migrations_dir: folder(settings, "MIGRATIONS_DIR", "migrations"),
            schema_dir: folder(settings, "SCHEMA_DIR", "schema"),
            migrations_table: limits::migrations_table(settings),
            job_lock_timeout: limits::job_lock_timeout(settings),
            lock_timeout: limits::lock_timeout(settings),
            lock_attempts: limits::lock_attempts(settings),
            statement_timeout: limits::statement_timeout(settings),
            out_of_order: limits::switch(settings, "OUT_OF_ORDER"),
            scratch_url: database::url(settings, "SCRATCH_URL"),
            postgres_bin: settings.optional("POSTGRES_BIN").map(PathBuf::from),
            schemas: settings.list("SCHEMAS"),
            lint: limits::lint(settings),
            execution: platform::execution(settings),
            task_index: platform::task_index(settings),
        }
    }
}

fn folder(settings: &Settings<'_>, name: &str, default: &str) -> PathBuf {
    settings.optional(name).unwrap_or(default).into()
}

#[cfg(test)]
mod tests;

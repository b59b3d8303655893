//! What every command works with.

use std::time::Duration;

use function_core::Clock;
use migration_folder::{Folder, FolderError};
use migration_run::{Migrator, Options, RunError, Stop};
use postgres_client::{Address, Session, connect};

use crate::FUNCTION;
use crate::check::CheckError;
use crate::config::{Config, Database, Login};
use crate::error::CommandError;
use crate::login;
use crate::output::Output;
use crate::scratch::Opened;

/// How long logging in may take.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// What every command works with.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    /// The settings.
    pub(crate) config: Config,
    /// The time.
    pub(crate) clock: Clock,
    /// Where results go.
    pub(crate) output: Output,
    /// Tells a run to stop.
    pub(crate) stop: Stop,
    /// The throw-away databases that a stop has to remove.
    pub(crate) opened: Opened,
}

impl Context {
    /// The folder of the migrations. Files that seem to be meant as migrations and are none are warned of.
    pub(crate) fn folder(&self) -> Result<Folder, FolderError> {
        let folder = Folder::read(&self.config.migrations_dir)?;
        for file in folder.ignored() {
            if let Some(meant) = &file.meant {
                tracing::warn!(
                    file = file.name,
                    rename_to = meant,
                    "passed over a file that is no migration by its name"
                );
            }
        }
        Ok(folder)
    }

    /// The database of the settings.
    pub(crate) fn database(&self) -> Result<&Database, CommandError> {
        let database = self.config.database.as_ref();
        database.ok_or(CommandError::NoDatabase)
    }

    /// Its address, with what logs in there. A token lasts an hour, so this is asked for right before connecting.
    pub(crate) async fn address(&self) -> Result<Address, CommandError> {
        let database = self.database()?;
        let address = database.address.clone();
        Ok(match (database.login, &database.password) {
            (Login::Iam, _) => address.with_password(&login::token().await?),
            (Login::Password, Some(password)) => address.with_password(password),
            (Login::Password, None) => address,
        })
    }

    /// A session on the database that waits for nobody for ever. The server itself refuses whatever would write.
    pub(crate) async fn reader(&self) -> Result<Session, CommandError> {
        let session = connect(&self.address().await?, FUNCTION, CONNECT_TIMEOUT).await?;
        let lock = self.config.lock_timeout.as_millis();
        let statement = self.config.statement_timeout.as_millis();
        let settings = format!(
            "SET default_transaction_read_only = on; SET lock_timeout = {lock}; SET statement_timeout = {statement}"
        );
        let set = session.batch_execute(&settings).await;
        set.map_err(CheckError::query("beginning to read"))?;
        Ok(session)
    }

    /// How migrations are run.
    pub(crate) fn options(&self) -> Options {
        let config = &self.config;
        Options {
            table: config.migrations_table.clone(),
            application_name: FUNCTION.to_owned(),
            connect_timeout: CONNECT_TIMEOUT,
            job_lock_timeout: config.job_lock_timeout,
            lock_timeout: config.lock_timeout,
            statement_timeout: config.statement_timeout,
            attempts: config.lock_attempts,
            out_of_order: config.out_of_order,
            execution: config.execution.clone(),
            stop: self.stop.clone(),
            ..Options::default()
        }
    }

    /// A session on the database that runs migrations.
    pub(crate) async fn migrator(&self) -> Result<Migrator, CommandError> {
        self.migrator_with(self.options()).await
    }

    /// The same with other options.
    pub(crate) async fn migrator_with(&self, options: Options) -> Result<Migrator, CommandError> {
        let address = self.address().await?;
        let migrator: Result<_, RunError> = Migrator::open(&address, options).await;
        Ok(migrator?)
    }
}

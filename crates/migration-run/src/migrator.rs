//! A session on a database, which runs the files of a folder.

use function_core::Exit;
use futures_util::future::join3;
use migration_folder::Folder;
use postgres_client::Address;

use crate::assess::assess;
use crate::history::{Entry, Outcome};
use crate::line::Line;
use crate::progress::UNKNOWN_END;
use crate::server::Server;
use crate::state::State;
use crate::watcher::Watcher;
use crate::{Options, RunError, Status, lock, pooler};

/// A session on a database, which runs the files of a folder.
///
/// Opening it writes nothing and takes no lock; each method that writes takes golang-migrate's locks, and gives them back.
#[derive(Debug)]
pub struct Migrator {
    pub(crate) address: Address,
    pub(crate) options: Options,
    pub(crate) server: Server,
    pub(crate) watcher: Watcher,
}

impl Migrator {
    /// Logs in at `address`.
    ///
    /// # Errors
    /// The database can't be reached, or says nothing about itself.
    pub async fn open(address: &Address, options: Options) -> Result<Self, RunError> {
        let server = Server::connect(address, &options).await?;
        Ok(Self {
            address: address.clone(),
            options,
            server,
            watcher: Watcher::default(),
        })
    }

    /// What the database has seen of `folder`. It reads only, takes no lock, and works on a replica too.
    ///
    /// # Errors
    /// The two tables can't be read.
    pub async fn status(&mut self, folder: &Folder) -> Result<Status, RunError> {
        self.look_for_tables().await?;
        let state = State::read(&self.server).await?;
        Ok(assess(folder, &state))
    }

    /// Takes the lock, and answers what is stored then.
    pub(crate) async fn lock(&mut self) -> Result<State, RunError> {
        if let Some(why) = self.server.read_only {
            return Err(RunError::ReadOnly { why });
        }
        if self.server.schema.is_none() {
            return Err(RunError::NoSchema);
        }
        pooler::refuse(&self.server, &self.address, &self.options).await?;
        // One round trip, three messages: each sees what is true after the one before.
        let session = &self.server.session;
        let (locked, tables, state) = join3(
            lock::try_lock(session, self.server.lock_ids(&self.options)),
            self.server.tables_now(&self.options),
            State::read(&self.server),
        )
        .await;
        let step = |source| RunError::Server {
            step: "taking the lock",
            repair: None,
            source,
        };
        let is_locked = locked.map_err(step)?;
        if is_locked && tables.map_err(step)? == self.server.tables {
            return state;
        }
        if !is_locked {
            lock::wait(&self.server, &self.options).await?;
        }
        // Another job may have made the tables meanwhile.
        self.look_for_tables().await?;
        State::read(&self.server).await
    }

    async fn look_for_tables(&mut self) -> Result<(), RunError> {
        let tables = self.server.tables_now(&self.options).await;
        self.server.tables = tables.map_err(|source| RunError::Server {
            step: "looking for the tables of the version and the history",
            repair: None,
            source,
        })?;
        Ok(())
    }

    pub(crate) fn line(&self) -> Line<'_> {
        Line {
            server: &self.server,
            address: &self.address,
            options: &self.options,
            watcher: &self.watcher,
        }
    }

    /// Says again what an earlier attempt of this run said last, so that its error is not lost behind what follows from it.
    pub(crate) fn repeat(&self, state: &State) -> Result<(), RunError> {
        let is_later = |entry: &&Entry| {
            let execution = self.options.execution.as_ref();
            execution
                .is_some_and(|now| now.attempt > 0 && entry.execution.as_ref() == Some(&now.id))
        };
        let last = state.history.last.as_ref().filter(is_later);
        // That nobody knows how it ended is no error that was said: the plan says that with the file and the repair.
        let said = |entry: &Entry| entry.error.clone().filter(|words| words != UNKNOWN_END);
        let Some((entry, words)) = last.and_then(|entry| Some((entry, said(entry)?))) else {
            return Ok(());
        };
        let exit = match entry.outcome {
            Outcome::Failed => Exit::Failed,
            Outcome::Begun => Exit::Incomplete,
            _ => return Ok(()),
        };
        Err(RunError::Repeated { words, exit })
    }
}

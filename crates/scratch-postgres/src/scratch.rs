//! A server that makes throw-away databases.

use std::sync::{Arc, Mutex, PoisonError};

use function_core::{Clock, Secret};
use postgres_client::{Address, Session, connect, quote_identifier};

use crate::database::{APPLICATION, CONNECT_TIMEOUT};
use crate::own::OwnServer;
use crate::{Database, Programs, ScratchError};

/// What every throw-away database is called first; the second it was made follows, and a random number.
const PREFIX: &str = "tasuki_scratch_";

/// How long the database of a run that was killed is let alone: the run may still be going on.
const LEFTOVER_SECONDS: i64 = 24 * 60 * 60;

/// A server that makes throw-away databases. A clone is the same one: who keeps it can close it when the work with the
/// other was broken off.
#[derive(Clone, Debug)]
pub struct Scratch(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    address: Address,
    session: Session,
    clock: Clock,
    version: u32,
    is_own: bool,
    made: Mutex<Vec<String>>,
    /// Ends after the session.
    server: Mutex<Option<OwnServer>>,
}

impl Scratch {
    /// Databases at the server of `url`, whose role needs `CREATEDB`. What runs of an earlier day left there, because they
    /// were killed, is dropped.
    ///
    /// # Errors
    /// `url` is no address, or the server can't be reached.
    pub async fn at(url: &Secret, clock: &Clock) -> Result<Self, ScratchError> {
        let address = Address::parse(url)?;
        let session = connect(&address, APPLICATION, CONNECT_TIMEOUT).await?;
        let scratch = Self::new(address, session, clock, None).await?;
        scratch.drop_leftovers().await?;
        Ok(scratch)
    }

    /// Databases at a server that is started from `programs` for this, in some two seconds.
    ///
    /// # Errors
    /// It does not start.
    pub async fn own(programs: &Programs, clock: &Clock) -> Result<Self, ScratchError> {
        let mut server = OwnServer::start(programs)?;
        let address = server.address()?;
        let session = server.wait_until_ready(&address).await?;
        Self::new(address, session, clock, Some(server)).await
    }

    async fn new(
        address: Address,
        session: Session,
        clock: &Clock,
        server: Option<OwnServer>,
    ) -> Result<Self, ScratchError> {
        let step = || ScratchError::refused("asking for the version");
        let rows = session
            .query_typed("SELECT current_setting('server_version_num')::int4", &[])
            .await
            .map_err(step())?;
        let number: i32 = match rows.first() {
            Some(row) => row.try_get(0).map_err(step())?,
            None => 0,
        };
        Ok(Self(Arc::new(Inner {
            address,
            session,
            clock: clock.clone(),
            version: number.unsigned_abs(),
            is_own: server.is_some(),
            made: Mutex::default(),
            server: Mutex::new(server),
        })))
    }

    /// The server's `server_version_num`, such as 150018.
    pub fn version(&self) -> u32 {
        self.0.version
    }

    /// A new empty database, in UTF-8, whose texts sort by bytes.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn database(&self) -> Result<Database, ScratchError> {
        self.create("template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
            .await
    }

    /// A copy of `database`, in which nobody may have a session.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn copy(&self, database: &Database) -> Result<Database, ScratchError> {
        self.create(&quote_identifier(&database.name)).await
    }

    async fn create(&self, template: &str) -> Result<Database, ScratchError> {
        let second = self.0.clock.now().as_second();
        let name = format!("{PREFIX}{second}_{:08x}", fastrand::u32(..));
        lock(&self.0.made).push(name.clone());
        let create = format!(
            "CREATE DATABASE {} TEMPLATE {template}",
            quote_identifier(&name)
        );
        self.0
            .session
            .batch_execute(&create)
            .await
            .map_err(ScratchError::refused("making a throw-away database"))?;
        Ok(Database {
            address: self.0.address.clone().with_database(&name),
            name,
        })
    }

    /// Drops every database that was made, whoever is still in one, or ends the server of our own with all of them. One
    /// whose making was broken off goes as well: the server does one after the other. A second call drops what the first did not.
    ///
    /// # Errors
    /// The server refuses; a later run drops what is left.
    pub async fn close(self) -> Result<(), ScratchError> {
        if self.0.is_own {
            drop(lock(&self.0.server).take());
            return Ok(());
        }
        let mut closed = Ok(());
        let made = lock(&self.0.made).clone();
        for name in made {
            let dropped = self.drop_database(&name).await;
            // Not before: whoever is told to stop meanwhile closes once more.
            if dropped.is_ok() {
                lock(&self.0.made).retain(|other| *other != name);
            }
            closed = dropped.and(closed);
        }
        closed
    }

    async fn drop_database(&self, name: &str) -> Result<(), ScratchError> {
        let name = quote_identifier(name);
        self.0
            .session
            .batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            .await
            .map_err(ScratchError::refused("dropping a throw-away database"))
    }

    /// Another role's are that role's to drop.
    async fn drop_leftovers(&self) -> Result<(), ScratchError> {
        let step = || ScratchError::refused("looking for databases that were left");
        let rows = self
            .0
            .session
            .query_typed(
                "SELECT datname::text FROM pg_database WHERE pg_has_role(datdba, 'USAGE')",
                &[],
            )
            .await
            .map_err(step())?;
        for row in rows {
            let name: &str = row.try_get(0).map_err(step())?;
            if is_leftover(name, self.0.clock.now().as_second())
                && let Err(error) = self.drop_database(name).await
            {
                tracing::warn!(database = name, error = %function_core::chain(&error), "a throw-away database can't be dropped");
            }
        }
        Ok(())
    }
}

/// What is in it is whole between two statements, whoever panicked.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_leftover(name: &str, now: i64) -> bool {
    let rest = name.strip_prefix(PREFIX);
    let second = rest.and_then(|rest| rest.split('_').next()?.parse::<i64>().ok());
    second.is_some_and(|second| second < now - LEFTOVER_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_run_of_an_earlier_day_left_is_dropped() {
        let now = 1_700_000_000;
        assert!(is_leftover("tasuki_scratch_1699900000_0a0b0c0d", now));
        assert!(!is_leftover("tasuki_scratch_1699999999_0a0b0c0d", now));
        assert!(!is_leftover("tasuki_scratch_mine", now));
        assert!(!is_leftover("production", now));
    }
}

//! A throw-away database.

use std::time::Duration;

use postgres_client::{Address, Session, connect};

use crate::ScratchError;

/// What other sessions of the server see of ours.
pub(crate) const APPLICATION: &str = "tasuki scratch";

/// How long logging in may take.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// A throw-away database. It is there until its [`Scratch`](crate::Scratch) is closed.
#[derive(Clone, Debug)]
pub struct Database {
    pub(crate) name: String,
    pub(crate) address: Address,
}

impl Database {
    /// Where it is.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// A session in it, which does not wait for the disk.
    ///
    /// # Errors
    /// The server can't be reached any more.
    pub async fn connect(&self) -> Result<Session, ScratchError> {
        let session = connect(&self.address, APPLICATION, CONNECT_TIMEOUT).await?;
        session
            .batch_execute("SET synchronous_commit = off; SET client_min_messages = warning")
            .await
            .map_err(ScratchError::refused("beginning a session"))?;
        Ok(session)
    }
}

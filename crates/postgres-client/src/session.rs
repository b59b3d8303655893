//! A session that ends with its owner.

use std::error::Error;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::LazyLock;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio_postgres::{CancelToken, Client, Connection, Socket};

use crate::process::login_process;
use crate::tls::{Tls, TlsLine};
use crate::{Address, fault};

/// PostgreSQL cuts a session's name at this many bytes.
///
/// Source: PostgreSQL documentation, `application_name`.
const NAME_BYTES_MAX: usize = 63;

/// How long a session that nobody holds any more may take to say good-bye. One that is still at work then is told to
/// stop and cut off: it would send its rows to the last, to nobody.
const FAREWELL: Duration = Duration::from_secs(1);

/// How many lines of this process are carried.
static CARRIED: LazyLock<watch::Sender<usize>> = LazyLock::new(|| watch::Sender::new(0));

/// Counts a line for as long as it is carried.
struct Carried;

impl Carried {
    fn new() -> Self {
        CARRIED.send_modify(|count| *count += 1);
        Self
    }
}

impl Drop for Carried {
    fn drop(&mut self) {
        CARRIED.send_modify(|count| *count -= 1);
    }
}

/// Waits until every session of this process has ended. For a process that is about to end: what its dropped sessions were
/// at is cancelled within some seconds, but by the process alone, for a server does not notice that a line is cut.
pub async fn all_ended() {
    let mut carried = CARRIED.subscribe();
    // The sender is never dropped.
    carried.wait_for(|count| *count == 0).await.ok();
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
#[error("connecting to {database}")]
pub struct ConnectError {
    /// The database, without its password.
    pub database: String,
    /// Whether it may go better later.
    pub passing: bool,
    /// The words of the server or of the network.
    pub source: Box<dyn Error + Send + Sync>,
}

/// A session. Dropping it ends it, whatever it is doing, and rolls back what it has not committed.
pub struct Session {
    client: Client,
    tls: Tls,
    process: i32,
    /// Its end tells the line's task that nobody holds the session any more.
    _held: oneshot::Sender<()>,
}

impl fmt::Debug for Session {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Session").finish_non_exhaustive()
    }
}

impl Session {
    /// Asks the server to stop the statement that is under way; whether it did, the statement's own answer tells.
    ///
    /// # Errors
    /// The server can't be reached.
    pub async fn cancel(&self) -> Result<(), tokio_postgres::Error> {
        let token = self.client.cancel_token();
        token.cancel_query(self.tls.clone()).await
    }

    /// The process that whoever answered the login says it is. That of the server is `pg_backend_pid()`; another number is that of a
    /// pooler between us and the server.
    pub fn login_process(&self) -> i32 {
        self.process
    }
}

impl Deref for Session {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl DerefMut for Session {
    fn deref_mut(&mut self) -> &mut Client {
        &mut self.client
    }
}

/// Logs in at `address` within `timeout`. `application_name` is what other sessions see of it; it is cut after 63 bytes.
///
/// # Errors
/// The server can't be reached, does not prove who it is, or does not let us in.
pub async fn connect(
    address: &Address,
    application_name: &str,
    timeout: Duration,
) -> Result<Session, ConnectError> {
    let refused = |passing, source| ConnectError {
        database: address.describe().to_owned(),
        passing,
        source,
    };
    let tls = Tls::new(address.trust, address.roots.as_deref())
        .map_err(|source| refused(false, source))?;
    let mut config = address.config.clone();
    config
        .application_name(cut_name(application_name))
        .connect_timeout(timeout)
        // A server that is gone without a word must not hold a run for hours.
        .keepalives_idle(Duration::from_secs(30))
        .keepalives_interval(Duration::from_secs(10))
        .keepalives_retries(3)
        .tcp_user_timeout(Duration::from_mins(1));
    let (client, connection) = tokio::time::timeout(timeout, config.connect(tls.clone()))
        .await
        .map_err(|late| refused(true, Box::new(late)))?
        .map_err(|error| refused(fault::is_passing(&error), fault::words(error)))?;
    let (held, dropped) = oneshot::channel();
    let process = login_process(&client.cancel_token())
        .await
        .map_err(|error| refused(false, fault::words(error)))?;
    let (token, carrier) = (client.cancel_token(), tls.clone());
    let counted = Carried::new();
    tokio::spawn(async move {
        carry(connection, dropped, token, carrier).await;
        drop(counted);
    });
    Ok(Session {
        client,
        tls,
        process,
        _held: held,
    })
}

/// Carries the session's messages. What goes wrong reaches the statement at hand.
async fn carry(
    mut connection: Connection<Socket, TlsLine<Socket>>,
    dropped: oneshot::Receiver<()>,
    cancel: CancelToken,
    tls: Tls,
) {
    let ended = tokio::select! {
        ended = &mut connection => Ok(ended),
        _ = dropped => tokio::time::timeout(FAREWELL, &mut connection).await,
    };
    let ended = match ended {
        Ok(ended) => ended,
        Err(_) => cancel.cancel_query(tls).await,
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "the line to the database ended");
    }
}

fn cut_name(name: &str) -> &str {
    &name[..name.floor_char_boundary(NAME_BYTES_MAX)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_name_is_cut_between_characters() {
        assert_eq!(cut_name("tasuki app 12"), "tasuki app 12");
        assert_eq!(cut_name(&"会".repeat(30)), "会".repeat(21));
    }
}

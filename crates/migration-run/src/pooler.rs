//! Poolers that give each transaction another session: there a session's lock is nobody's.

use std::time::Duration;

use postgres_client::{Address, Session, connect};
use tokio::time::timeout;

use crate::server::Server;
use crate::{Options, RunError, ServerError, wire};

/// How long a session may be kept waiting by a pool that is full.
const PATIENCE: Duration = Duration::from_secs(5);

/// Refuses such a pooler. A server itself says at the login which process it is, a pooler says another; only then is it looked at
/// closer: a second session that is in a transaction must not get our process, nor keep us from it.
pub(crate) async fn refuse(
    server: &Server,
    address: &Address,
    options: &Options,
) -> Result<(), RunError> {
    if server.session.login_process() == server.pid {
        return Ok(());
    }
    let other = connect(address, &options.application_name, PATIENCE).await?;
    let theirs = process(&other, "BEGIN; SELECT pg_backend_pid()");
    match timeout(PATIENCE, theirs).await {
        Err(_) => return Err(RunError::FullPool),
        // One that lends a session for a statement refuses to begin a transaction.
        Ok(Err(_)) => return Err(RunError::Pooled),
        Ok(Ok(theirs)) if theirs == server.pid => return Err(RunError::Pooled),
        Ok(Ok(_)) => {}
    }
    let ours = process(&server.session, "SELECT pg_backend_pid()");
    match timeout(PATIENCE, ours).await {
        Ok(Ok(ours)) if ours == server.pid => Ok(()),
        // A session of our own would not have to wait for anybody.
        Ok(Ok(_)) | Err(_) => Err(RunError::Pooled),
        Ok(Err(source)) => Err(RunError::Server {
            step: "looking whether the pooler in between keeps sessions apart",
            repair: None,
            source,
        }),
    }
}

async fn process(session: &Session, sql: &str) -> Result<i32, ServerError> {
    let rows = wire::rows(session, sql).await?;
    let pid = rows.first().and_then(|row| row.get(0));
    Ok(pid.and_then(|pid| pid.parse().ok()).unwrap_or_default())
}

//! One job at a time, by golang-migrate's locks.
//!
//! Asking again and again, rather than waiting in `pg_advisory_lock`, leaves no open snapshot behind: a `CREATE INDEX
//! CONCURRENTLY` of the job that holds the lock waits for every snapshot, so the two would wait for each other.

use std::time::Duration;

use function_core::Backoff;
use tokio::time::Instant;
use tokio_postgres::Client;

use crate::line::Line;
use crate::server::Server;
use crate::{Holder, LockIds, Options, RunError, ServerError, wire};

/// At most this long between two tries.
const POLL_MAX: Duration = Duration::from_secs(1);
/// How often a wait is told of.
const TELL_EVERY: Duration = Duration::from_secs(30);

/// A setting that no server has: asking for it stops a message.
pub(crate) const LOST: &str = "schema_migrate.lock_is_lost";

/// What fails in a message when the session has not held both locks all the time since [`try_lock`].
///
/// They are held twice, so one hold of each can be given back, which tells whether it was there, and be taken again.
pub(crate) fn check(line: &Line<'_>) -> String {
    let LockIds { of_path, of_name } = line.server.lock_ids(line.options);
    format!(
        "SELECT CASE WHEN pg_catalog.pg_advisory_unlock({of_path}) AND pg_catalog.pg_advisory_unlock({of_name}) \
                     AND pg_catalog.pg_try_advisory_lock({of_path}) AND pg_catalog.pg_try_advisory_lock({of_name}) \
                     THEN '' ELSE pg_catalog.current_setting('{LOST}') END"
    )
}

/// Takes both locks twice, or none.
pub(crate) async fn try_lock(client: &Client, ids: LockIds) -> Result<bool, ServerError> {
    let LockIds { of_path, of_name } = ids;
    let sql = format!(
        "SELECT CASE WHEN NOT pg_try_advisory_lock({of_path}) THEN false \
                     WHEN pg_try_advisory_lock({of_name}) \
                     THEN pg_try_advisory_lock({of_path}) AND pg_try_advisory_lock({of_name}) \
                     ELSE NOT pg_advisory_unlock({of_path}) END"
    );
    let rows = wire::rows(client, &sql).await?;
    Ok(rows.first().and_then(|row| row.get(0)) == Some("t"))
}

/// Waits for both locks, which somebody else holds, as long as the options say.
pub(crate) async fn wait(server: &Server, options: &Options) -> Result<(), RunError> {
    let ids = server.lock_ids(options);
    let step = |source| RunError::Server {
        step: "waiting for another job to end",
        repair: None,
        source,
    };
    let started = Instant::now();
    let mut backoff = Backoff::new(POLL_MAX / 4, POLL_MAX);
    let mut told: Option<(Option<i32>, Instant)> = None;
    loop {
        let holder = Holder::of_lock(&server.session, ids).await.map_err(step)?;
        let waited = started.elapsed();
        if waited >= options.job_lock_timeout {
            return Err(RunError::Locked {
                waited_seconds: waited.as_secs(),
                holder: holder.map(Box::new),
            });
        }
        let pid = holder.as_ref().map(|holder| holder.pid);
        if told.is_none_or(|(before, at)| before != pid || at.elapsed() >= TELL_EVERY) {
            told = Some((pid, Instant::now()));
            if let Some(holder) = &holder {
                tracing::warn!(%holder, waited_seconds = waited.as_secs(), "waiting for another job to end");
            }
        }
        let left = options.job_lock_timeout.saturating_sub(waited);
        tokio::select! {
            () = tokio::time::sleep(backoff.next_delay().min(left)) => {}
            () = options.stop.told() => {
                let at = "while it waited for another job".to_owned();
                return Err(RunError::Stopped { at });
            }
        }
        if try_lock(&server.session, ids).await.map_err(step)? {
            return Ok(());
        }
    }
}

/// Gives both back. A session that is gone has given them back already.
pub(crate) async fn unlock(client: &Client) {
    if let Err(error) = wire::rows(client, "SELECT pg_advisory_unlock_all()").await {
        tracing::debug!(%error, "the locks end with the session");
    }
}

//! A session: settings that make it tell the same everywhere, and the lock on its tables.

use std::time::Duration;

use postgres_client::{Address, Session};
use tokio::time::Instant;
use tokio_postgres::Client;

use super::fault;
use crate::{Limits, LoadError};

/// Limits that a role or a database may have set, which would stop a load that waits for its source, and what
/// lets the server notice that we are gone. Those that the server does not know are left out.
const SETTINGS: &str = "SELECT set_config(wanted.name, wanted.value, false) \
    FROM (VALUES ('statement_timeout', '0'), ('idle_session_timeout', '0'), \
        ('idle_in_transaction_session_timeout', '0'), ('transaction_timeout', '0'), \
        ('tcp_keepalives_idle', '30'), ('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '3'), \
        ('DateStyle', 'ISO, YMD'), ('client_min_messages', 'warning')) AS wanted (name, value) \
    JOIN pg_settings USING (name)";

/// Logs in at `address` in the name of `source`.
pub(super) async fn connect(
    address: &Address,
    source: &str,
    limits: Limits,
) -> Result<Session, LoadError> {
    let name = format!("tasuki {source}");
    let connected = postgres_client::connect(address, &name, limits.connect).await;
    connected.map_err(|error| LoadError::Connect {
        database: error.database,
        passing: error.passing,
        source: error.source,
    })
}

/// Applies [`SETTINGS`] and `time_zone`.
pub(super) async fn set_up(client: &Client, time_zone: &str) -> Result<(), LoadError> {
    client
        .query(SETTINGS, &[])
        .await
        .map_err(|error| fault::database("setting up the session", error))?;
    client
        .query("SELECT set_config('TimeZone', $1, false)", &[&time_zone])
        .await
        .map_err(|error| fault::database(format!("setting the time zone {time_zone}"), error))?;
    Ok(())
}

/// Locks `table` (schema and name) against other loads until the session ends.
///
/// The lock is advisory: it says nothing to readers and to other programs.
pub(super) async fn lock(client: &Client, table: &str, wait: Duration) -> Result<(), LoadError> {
    let step = |error| fault::database(format!("locking table {table}"), error);
    let name = format!("tasuki load {table}");
    let started = Instant::now();
    loop {
        let locked = client
            .query_one(
                "SELECT pg_try_advisory_lock(hashtextextended($1, 0))",
                &[&name],
            )
            .await
            .and_then(|row| row.try_get::<_, bool>(0))
            .map_err(step)?;
        if locked {
            return Ok(());
        }
        if started.elapsed() >= wait {
            let holder = holder(client, &name).await.map_err(step)?;
            return Err(LoadError::Locked {
                table: table.to_owned(),
                holder,
                waited: wait,
            });
        }
        tokio::time::sleep(Duration::from_millis(200).min(wait)).await;
    }
}

/// Who holds the lock `name`. A 64-bit key is shown as two halves.
///
/// Source: PostgreSQL documentation, `pg_locks`.
async fn holder(client: &Client, name: &str) -> Result<String, tokio_postgres::Error> {
    let row = client
        .query_opt(
            "SELECT activity.pid, activity.application_name, activity.usename::text \
             FROM (SELECT hashtextextended($1, 0) AS key) AS wanted \
             JOIN pg_locks AS held ON held.locktype = 'advisory' AND held.granted AND held.objsubid = 1 \
                 AND held.classid::bigint = ((wanted.key >> 32) & 4294967295) \
                 AND held.objid::bigint = (wanted.key & 4294967295) \
                 AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
             JOIN pg_stat_activity AS activity USING (pid)",
            &[&name],
        )
        .await?;
    let Some(row) = row else {
        return Ok("a session that just ended".to_owned());
    };
    let (pid, application, user): (i32, Option<String>, Option<String>) =
        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    let known = |word: Option<String>| word.unwrap_or_else(|| "unknown".to_owned());
    Ok(format!(
        "`{}` (pid {pid}, user {})",
        known(application),
        known(user)
    ))
}

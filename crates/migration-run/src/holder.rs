//! Who holds a lock.

use std::fmt;

use tokio_postgres::{Client, SimpleQueryRow};

use crate::message::shown;
use crate::{LockIds, ServerError, wire};

/// A session that holds a lock, as `pg_stat_activity` shows it to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its process on the server.
    pub pid: i32,
    /// What it calls itself.
    pub application_name: String,
    /// Its user.
    pub user: String,
    /// Where it comes from; `None` for a socket.
    pub client: Option<String>,
    /// For how many seconds it has been connected.
    pub connected_seconds: u64,
    /// `active`, `idle in transaction`, …
    pub state: String,
    /// For how many seconds that has been so.
    pub state_seconds: u64,
    /// The beginning of its last statement, without what its strings hold.
    pub query: String,
}

/// What is read of a session, of `activity`. What another role does may be hidden from us.
const COLUMNS: &str = "activity.pid, coalesce(activity.application_name, ''), coalesce(activity.usename::text, ''), \
    host(activity.client_addr), \
    coalesce(extract(epoch FROM clock_timestamp() - activity.backend_start), 0)::bigint, \
    coalesce(activity.state, 'hidden'), \
    coalesce(extract(epoch FROM clock_timestamp() - activity.state_change), 0)::bigint, \
    coalesce(activity.query, '')";

impl Holder {
    /// Who holds one of `ids`; `None` when nobody does any more.
    pub(crate) async fn of_lock(
        client: &Client,
        ids: LockIds,
    ) -> Result<Option<Self>, ServerError> {
        let LockIds { of_path, of_name } = ids;
        let sql = format!(
            "SELECT {COLUMNS} FROM pg_locks AS lock JOIN pg_stat_activity AS activity USING (pid) \
             WHERE lock.locktype = 'advisory' AND lock.granted AND lock.classid = 0 AND lock.objsubid = 1 \
               AND lock.objid IN ({of_path}, {of_name}) AND lock.pid <> pg_backend_pid() \
               AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
             ORDER BY activity.backend_start LIMIT 1"
        );
        let rows = wire::rows(client, &sql).await?;
        Ok(rows.first().and_then(Self::read))
    }

    /// Who lets `pid` wait.
    pub(crate) async fn blocking(client: &Client, pid: i32) -> Result<Option<Self>, ServerError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM pg_stat_activity AS activity WHERE activity.pid = ANY (pg_blocking_pids({pid})) \
             ORDER BY activity.xact_start LIMIT 1"
        );
        let rows = wire::rows(client, &sql).await?;
        Ok(rows.first().and_then(Self::read))
    }

    fn read(row: &SimpleQueryRow) -> Option<Self> {
        let text = |index| row.get(index).unwrap_or_default().to_owned();
        let number = |index| row.get(index).and_then(|text| text.parse().ok());
        Some(Self {
            pid: row.get(0)?.parse().ok()?,
            application_name: text(1),
            user: text(2),
            client: row.get(3).map(ToOwned::to_owned),
            connected_seconds: number(4).unwrap_or(0),
            state: text(5),
            state_seconds: number(6).unwrap_or(0),
            query: shown(&text(7)),
        })
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.application_name.as_str() {
            "" => "without a name",
            name => name,
        };
        write!(
            formatter,
            "pid {} ({name}, user {}, from {}), connected for {} s, {} for {} s",
            self.pid,
            self.user,
            self.client.as_deref().unwrap_or("a socket"),
            self.connected_seconds,
            self.state,
            self.state_seconds,
        )?;
        if self.query.is_empty() {
            return Ok(());
        }
        write!(formatter, ": {}", self.query)
    }
}

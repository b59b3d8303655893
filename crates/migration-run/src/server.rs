//! The session that works, and what its server is like.

use std::time::Duration;

use function_core::{Backoff, Retryable, retry};
use postgres_client::{Address, ConnectError, Session, connect, quote_identifier};
use tokio_postgres::SimpleQueryRow;

use crate::wire::{self, literal, literal_or_null};
use crate::{LockIds, Options, RunError, ServerError};

/// The session that works.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) session: Session,
    /// Its process on the server.
    pub(crate) pid: i32,
    /// The schema of the version's table.
    pub(crate) schema: Option<String>,
    pub(crate) database: String,
    /// The role that the login began with; `none` for the user itself.
    pub(crate) role: String,
    /// Why nothing can be written.
    pub(crate) read_only: Option<&'static str>,
    /// Which of the two tables are there.
    pub(crate) tables: Tables,
    /// The names of the two tables, quoted.
    pub(crate) names: Names,
}

/// Which of the two tables are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tables {
    pub(crate) version: bool,
    pub(crate) history: bool,
}

/// The names of the two tables, quoted, with their schema's.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub(crate) version: String,
    pub(crate) history: String,
}

const REPLICA: &str =
    "it is a replica (pg_is_in_recovery), which only follows its primary; name the primary";
const READ_ONLY: &str = "default_transaction_read_only is on for this server, database or user; log in as another, or reset it";

impl Server {
    /// Logs in, and asks all there is to know at once.
    pub(crate) async fn connect(address: &Address, options: &Options) -> Result<Self, RunError> {
        let backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(10));
        let open = || async {
            let name = &options.application_name;
            connect(address, name, options.connect_timeout)
                .await
                .map_err(Refused)
        };
        let session = tokio::select! {
            session = retry(options.attempts, backoff, tokio::time::sleep, open) => session.map_err(|Refused(error)| error)?,
            () = options.stop.told() => {
                let at = "before it began".to_owned();
                return Err(RunError::Stopped { at });
            }
        };
        Self::look(session, options)
            .await
            .map_err(|source| RunError::Server {
                step: "reading what the server is like",
                repair: None,
                source,
            })
    }

    async fn look(session: Session, options: &Options) -> Result<Self, ServerError> {
        let table = &options.table;
        let sql = format!(
            "{settings}; \
             WITH place AS (SELECT coalesce({schema}, current_schema()) AS name) \
             SELECT pg_backend_pid(), current_database(), place.name, pg_is_in_recovery(), current_setting('transaction_read_only'), current_setting('role'), {tables} \
             FROM place",
            settings = settings(options),
            schema = literal_or_null(table.schema()),
            tables = tables(table.name(), &table.history_name(), "place.name"),
        );
        let rows = wire::rows(&session, &sql).await?;
        let row = rows.first();
        let text = |index| row.and_then(|row| row.get(index));
        let schema = text(2).map(ToOwned::to_owned);
        let names = Names::new(schema.as_deref().unwrap_or_default(), options);
        Ok(Self {
            session,
            pid: text(0).and_then(|pid| pid.parse().ok()).unwrap_or_default(),
            database: text(1).unwrap_or_default().to_owned(),
            role: text(5).unwrap_or("none").to_owned(),
            schema,
            read_only: if text(3) == Some("t") {
                Some(REPLICA)
            } else {
                (text(4) == Some("on")).then_some(READ_ONLY)
            },
            tables: row.map_or(Tables::NONE, |row| Tables::read(row, 6)),
            names,
        })
    }

    /// Which tables are there now.
    pub(crate) async fn tables_now(&self, options: &Options) -> Result<Tables, ServerError> {
        let schema = literal_or_null(self.schema.as_deref());
        let table = &options.table;
        let columns = tables(
            table.name(),
            &table.history_name(),
            &format!("{schema}::text"),
        );
        let rows = wire::rows(&self.session, &format!("SELECT {columns}")).await?;
        Ok(rows
            .first()
            .map_or(Tables::NONE, |row| Tables::read(row, 0)))
    }

    /// The locks that keep jobs apart.
    pub(crate) fn lock_ids(&self, options: &Options) -> LockIds {
        let schema = self.schema.as_deref().unwrap_or_default();
        LockIds::new(schema, options.table.name(), &self.database)
    }
}

impl Tables {
    const NONE: Self = Self {
        version: false,
        history: false,
    };

    fn read(row: &SimpleQueryRow, from: usize) -> Self {
        Self {
            version: row.get(from) == Some("t"),
            history: row.get(from + 1) == Some("t"),
        }
    }
}

impl Names {
    fn new(schema: &str, options: &Options) -> Self {
        let schema = quote_identifier(schema);
        let name = |table: &str| format!("{schema}.{}", quote_identifier(table));
        Self {
            version: name(options.table.name()),
            history: name(&options.table.history_name()),
        }
    }
}

/// Columns that tell which tables are there.
fn tables(version: &str, history: &str, schema: &str) -> String {
    // A schema that is NULL makes all of it NULL.
    let is_there = |table: &str| {
        let table = literal(table);
        format!("to_regclass(quote_ident({schema}) || '.' || quote_ident({table})) IS NOT NULL")
    };
    format!("{}, {}", is_there(version), is_there(history))
}

/// What every file finds set. A server from version 14 notices within seconds that a killed job is gone, and gives its lock back.
pub(crate) fn settings(options: &Options) -> String {
    format!(
        "SET lock_timeout = {lock}; SET statement_timeout = {statement}; SET standard_conforming_strings = on; \
         SELECT CASE WHEN current_setting('server_version_num')::int >= 140000 \
            THEN set_config('client_connection_check_interval', '5s', false) END",
        lock = options.lock_timeout.as_millis(),
        statement = options.statement_timeout.as_millis(),
    )
}

/// A login that may be tried again.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct Refused(ConnectError);

impl Retryable for Refused {
    fn is_retryable(&self) -> bool {
        self.0.passing
    }
}

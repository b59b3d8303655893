//! A session with all settings pinned that change what a value looks like or how long the server waits.

use std::sync::Arc;
use std::time::Duration;

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, DriverError, Error, Params, Row, Value};
use table_diff::{DatabaseError, Engine, Identity, Limits};

use crate::address::Address;
use crate::fault;

/// What every session is pinned to. Comments of the kind `/*M!` are for MariaDB only, those of the kind `/*!80000` for MySQL only.
///
/// * zero and impossible dates can be copied as they are, while all else is strict;
/// * a side that waits for the other while both are merged is not taken for dead;
/// * all of a long key takes part in sorting (1,024 bytes by default; a key of `InnoDB` has 3,072 at most);
/// * a walk along foreign keys goes as far as there are rows;
/// * a list of keys stays a list of keys for the optimiser, however long it is.
const PINS: &str = "\
SET NAMES utf8mb4, time_zone = '+00:00',
    sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION',
    sql_auto_is_null = 0, sql_safe_updates = 0, sql_big_selects = 1, sql_select_limit = DEFAULT,
    net_read_timeout = 3600, net_write_timeout = 3600, wait_timeout = 28800, max_sort_length = 3100,
    foreign_key_checks = 1, unique_checks = 1
    /*M! , max_statement_time = 0, idle_transaction_timeout = 0, idle_readonly_transaction_timeout = 0,
    in_predicate_conversion_threshold = 0, optimizer_max_sel_arg_weight = 0, check_constraint_checks = 1,
    max_recursive_iterations = 4294967295 */
    /*!80000 , max_execution_time = 0, range_optimizer_max_mem_size = 0, cte_max_recursion_depth = 4294967295 */;
SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ;";

/// Who the server is. MariaDB has no UUID: machines of two clusters may be called alike, so that the number of the server and the host of the
/// address are looked at, too.
const WHO: &str =
    "SELECT VERSION(), @@max_allowed_packet, COALESCE(/*!80000 @@server_uuid, */ NULL),
    CONCAT(@@hostname, ':', @@port, ':', @@datadir, ', server_id ', @@server_id)";

/// A session.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) connection: Conn,
    pub(crate) identity: Identity,
    /// The most bytes that the server takes or makes as one piece.
    pub(crate) packet_max: u64,
    /// The address without password.
    pub(crate) database: Arc<str>,
    /// How long one statement may take; `None` for as long as it takes.
    pub(crate) patience: Option<Duration>,
}

impl Session {
    /// Logs in and pins the session, and runs `begin`. Other sessions see `name` as its `program_name`.
    pub(crate) async fn open(
        address: &Address,
        name: &str,
        limits: &Limits,
        begin: &str,
    ) -> Result<Self, DatabaseError> {
        let database = address.describe();
        let authorities = address.check_authorities();
        authorities.map_err(|rule| DatabaseError::Address { rule })?;
        let opening = async {
            let mut connection = connect(address, name).await?;
            connection.query_drop(format!("{PINS}{begin}")).await?;
            let who = connection.query_first(WHO).await?;
            Ok((connection, who))
        };
        let (connection, who) = within(Some(limits.connect), Box::pin(opening))
            .await
            .map_err(|error| fault::connect(database, error))?;
        let (version, packet_max, uuid, facts): (String, u64, Option<String>, String) =
            who.ok_or_else(|| fault::connect(database, DriverError::ConnectionClosed.into()))?;
        let server = uuid.unwrap_or_else(|| format!("{facts} at {}", address.host()));
        Ok(Self {
            connection,
            identity: Identity {
                engine: Engine::MySql,
                server,
                database: address.database().to_owned(),
                version,
            },
            packet_max,
            database: database.into(),
            patience: None,
        })
    }

    /// Runs a statement, and answers how many rows it wrote or found to be so already.
    pub(crate) async fn run(
        &mut self,
        step: &str,
        sql: &str,
        values: Vec<Value>,
    ) -> Result<u64, DatabaseError> {
        let outcome = self.try_run(sql, values).await;
        outcome.map_err(|error| self.fault(step, error))
    }

    /// The same, with the client's own error.
    pub(crate) async fn try_run(&mut self, sql: &str, values: Vec<Value>) -> Result<u64, Error> {
        let running = async {
            if values.is_empty() {
                self.connection.query_drop(sql).await?;
            } else {
                let values = Params::Positional(values);
                self.connection.exec_drop(sql, values).await?;
            }
            Ok(self.connection.affected_rows())
        };
        within(self.patience, running).await
    }

    /// All rows of an answer that is known to be short.
    pub(crate) async fn rows(
        &mut self,
        step: &str,
        sql: &str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, DatabaseError> {
        let reading = async {
            if values.is_empty() {
                return self.connection.query(sql).await;
            }
            let values = Params::Positional(values);
            self.connection.exec(sql, values).await
        };
        let rows = within(self.patience, reading).await;
        rows.map_err(|error| self.fault(step, error))
    }

    pub(crate) fn fault(&self, step: &str, error: Error) -> DatabaseError {
        fault::statement(step, &self.database, error)
    }

    /// The server answered to `step` with what can't be.
    pub(crate) fn answer(&self, step: &str, detail: impl Into<String>) -> DatabaseError {
        answer(&self.database, step, detail)
    }
}

/// The statement that limits how long a session waits for locks, and where the server can do so how long a statement may take.
pub(crate) fn patience(limits: &Limits) -> String {
    // The shortest wait for a lock that the server knows.
    let lock = limits.lock.as_secs().max(1);
    let statement = limits.statement.as_secs_f64();
    format!(
        "SET innodb_lock_wait_timeout = {lock}, lock_wait_timeout = {lock} /*M! , max_statement_time = {statement} */"
    )
}

/// `database` answered to `step` with what can't be.
pub(crate) fn answer(database: &str, step: &str, detail: impl Into<String>) -> DatabaseError {
    DatabaseError::Answer {
        step: step.to_owned(),
        database: database.to_owned(),
        detail: detail.into(),
    }
}

/// The server ends by itself what takes too long, but MySQL does so for statements that read only.
async fn within<T>(
    patience: Option<Duration>,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let Some(patience) = patience else {
        return work.await;
    };
    tokio::time::timeout(patience, work)
        .await
        .unwrap_or_else(|elapsed| Err(std::io::Error::from(elapsed).into()))
}

async fn connect(address: &Address, name: &str) -> Result<Conn, Error> {
    let log_in = |with_tls: bool| {
        let options = address.options(with_tls);
        Conn::new(options.connect_attribute("program_name", name))
    };
    match log_in(true).await {
        Err(Error::Driver(DriverError::NoClientSslFlagFromServer)) if address.may_be_plain() => {
            log_in(false).await
        }
        connected => connected,
    }
}

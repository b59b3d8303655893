//! Sessions that tell the same whatever their server, database or role is set to, each within one transaction.
//!
//! Settings are of the transaction only: behind a pooler nobody else gets them.

use std::time::Duration;

use futures_util::future::join;
use postgres_client::{Address, Session, quote_literal};
use table_diff::{DatabaseError, Engine, Identity, Limits};
use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use crate::fault::{self, Place};

/// What every session is set to. What a server is too old to know is left out.
///
/// - How values are written: zone, dates, intervals, bytes, floats without loss, money without a country, XML, arrays.
/// - No search path, so that names of types are the same for everyone, and nobody's own functions are called.
/// - With row security `off` a policy that would hide rows is an error instead of missing rows.
/// - No limits that a role or a database may have been given, which would end a long read or a session that waits; the
///   server looks for itself whether we are still there.
/// - No compiling of expressions: it saves nothing where a statement is run once, and costs most where tables are small.
const SETTINGS: &[(&str, &str)] = &[
    ("TimeZone", "UTC"),
    ("DateStyle", "ISO, YMD"),
    ("IntervalStyle", "postgres"),
    ("bytea_output", "hex"),
    ("extra_float_digits", "3"),
    ("lc_monetary", "C"),
    ("xmloption", "content"),
    ("xmlbinary", "base64"),
    ("array_nulls", "on"),
    ("quote_all_identifiers", "off"),
    ("search_path", ""),
    ("row_security", "off"),
    ("idle_session_timeout", "0"),
    ("idle_in_transaction_session_timeout", "0"),
    ("transaction_timeout", "0"),
    ("client_connection_check_interval", "10s"),
    ("client_min_messages", "warning"),
    ("jit", "off"),
];

/// Readers may take as long as they need.
const NO_LIMIT: Duration = Duration::ZERO;

/// What other sessions see of a reading one.
const READER_NAME: &str = "tasuki table-sync";

/// A session in a transaction, and what its server is.
pub(crate) struct Opened {
    pub(crate) session: Session,
    pub(crate) identity: Identity,
    /// Such as 150018 for 15.18.
    pub(crate) version: u32,
    /// What others join the moment by; empty where nothing is held still.
    pub(crate) snapshot: String,
}

/// Logs in and holds the database still.
pub(crate) async fn hold(address: &Address, limits: &Limits) -> Result<Opened, DatabaseError> {
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
    open(
        address,
        READER_NAME,
        limits,
        begin,
        "pg_export_snapshot()",
        NO_LIMIT,
    )
    .await
}

/// Logs in to write.
pub(crate) async fn write(
    address: &Address,
    name: &str,
    limits: &Limits,
) -> Result<Opened, DatabaseError> {
    let begin = "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE";
    open(address, name, limits, begin, "''", limits.statement).await
}

/// Logs in and joins the moment that another session holds by `snapshot`.
pub(crate) async fn join_moment(
    address: &Address,
    snapshot: &str,
    limits: &Limits,
) -> Result<Session, DatabaseError> {
    let place = Place::new(address.describe());
    let session = connect(address, READER_NAME, limits).await?;
    let batch = format!(
        "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET TRANSACTION SNAPSHOT {}; {}",
        quote_literal(snapshot),
        pin(limits.lock, NO_LIMIT)
    );
    session
        .batch_execute(&batch)
        .await
        .map_err(place.failed("joining the snapshot"))?;
    Ok(session)
}

async fn connect(address: &Address, name: &str, limits: &Limits) -> Result<Session, DatabaseError> {
    let connected = postgres_client::connect(address, name, limits.connect).await;
    connected.map_err(fault::connect)
}

async fn open(
    address: &Address,
    name: &str,
    limits: &Limits,
    begin: &str,
    snapshot: &str,
    statement: Duration,
) -> Result<Opened, DatabaseError> {
    let place = Place::new(address.describe());
    let step = "opening a session";
    let session = connect(address, name, limits).await?;
    let batch = format!(
        "{begin}; {}; SELECT current_setting('server_version'), current_setting('server_version_num'), \
         current_database(), (SELECT oid FROM pg_database WHERE datname = current_database()), {snapshot}",
        pin(limits.lock, statement)
    );
    // Both are on their way at the same time.
    let (system, facts) = join(system(&session), last_row(&session, &batch)).await;
    let facts = facts.map_err(place.failed(step))?;
    let fact = |index| {
        let row = facts.as_ref();
        row.and_then(|row| row.get(index)).unwrap_or_default()
    };
    let version = fact(1)
        .parse()
        .map_err(|_| place.strange(step, format!("its version is `{}`", fact(1))))?;
    let server = system.unwrap_or_else(|| stand_in(address, fact(3)));
    let identity = Identity {
        engine: Engine::PostgreSql,
        server,
        database: fact(2).to_owned(),
        // `15.18 (Debian 15.18-0+deb12u1)`.
        version: fact(0).split(' ').next().unwrap_or_default().to_owned(),
    };
    let snapshot = fact(4).to_owned();
    Ok(Opened {
        session,
        identity,
        version,
        snapshot,
    })
}

/// The system identifier and the timeline. A copy of a server that was promoted shares the first and has its own second; one that
/// was copied as a disk shares both.
///
/// Everybody may ask unless somebody forbade it: `None` where the role may not.
///
/// Source: PostgreSQL documentation, "Control Data Functions".
async fn system(client: &Client) -> Option<String> {
    let sql = "SELECT (SELECT system_identifier FROM pg_control_system()) || '/' \
               || (SELECT timeline_id FROM pg_control_checkpoint())";
    let row = last_row(client, sql).await.ok()??;
    row.get(0).map(str::to_owned)
}

/// What a database is known by where the role may not ask: its place, and its number there.
fn stand_in(address: &Address, database: &str) -> String {
    let shown = address.describe();
    let place = shown.rsplit_once('@').map_or(shown, |(_, place)| place);
    let host = place.rsplit_once('/').map_or(place, |(host, _)| host);
    format!("{host}, database {database}")
}

async fn last_row(
    client: &Client,
    sql: &str,
) -> Result<Option<SimpleQueryRow>, tokio_postgres::Error> {
    let messages = client.simple_query(sql).await?;
    Ok(messages
        .into_iter()
        .rev()
        .find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        }))
}

/// The statement that applies [`SETTINGS`] and the limits to the transaction.
fn pin(lock: Duration, statement: Duration) -> String {
    let limit = |name, limit: Duration| (name, format!("{}ms", limit.as_millis()));
    let limits = [
        limit("lock_timeout", lock),
        limit("statement_timeout", statement),
    ];
    let settings = SETTINGS
        .iter()
        .map(|&(name, value)| (name, value.to_owned()));
    let values: Vec<_> = settings
        .chain(limits)
        .map(|(name, value)| format!("('{name}', '{value}')"))
        .collect();
    format!(
        "SELECT count(set_config(wanted.name, wanted.value, true)) FROM (VALUES {}) AS wanted (name, value) \
         WHERE current_setting(wanted.name, true) IS NOT NULL",
        values.join(", ")
    )
}

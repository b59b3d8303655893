//! The one row of `schema_migrations`, and the history beside it.

use migration_folder::Version;
use tokio_postgres::error::SqlState;

use crate::history::History;
use crate::server::Server;
use crate::{RunError, wire};

/// What the two tables say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// `None` when nothing is applied, and for golang-migrate's -1.
    pub(crate) version: Option<Version>,
    pub(crate) dirty: bool,
    pub(crate) history: History,
}

impl State {
    /// Reads them, in one round trip.
    pub(crate) async fn read(server: &Server) -> Result<Self, RunError> {
        let mut sql = Vec::new();
        if server.tables.version {
            // Another tool's table of that name has no such columns.
            sql.push(format!(
                "SELECT version, dirty FROM {} LIMIT 2",
                server.names.version
            ));
        }
        if server.tables.history {
            sql.push(History::select(&server.names.history));
        }
        if sql.is_empty() {
            return Ok(Self::default());
        }
        let answers = wire::ask(&server.session, &sql.join("; ")).await;
        let mut answers = answers
            .map_err(|source| refusal(server, source))?
            .into_iter();
        let mut state = Self::default();
        if server.tables.version {
            let rows = answers.next().unwrap_or_default();
            if rows.len() > 1 {
                return Err(another_tools(server));
            }
            if let Some(row) = rows.first() {
                let number: Option<i64> = row.get(0).and_then(|text| text.parse().ok());
                state.version = number.and_then(Version::from_bigint);
                state.dirty = row.get(1) == Some("t");
            }
        }
        if let (Some(settled), Some(last)) = (answers.next(), answers.next()) {
            state.history = History::read(&settled, &last);
        }
        Ok(state)
    }
}

fn refusal(server: &Server, source: crate::ServerError) -> RunError {
    if source.state() == Some(&SqlState::UNDEFINED_COLUMN) {
        return another_tools(server);
    }
    let names = &server.names;
    let repair = format!(
        "GRANT SELECT ON {}, {} TO this user",
        names.version, names.history
    );
    let is_right = source.state() == Some(&SqlState::INSUFFICIENT_PRIVILEGE);
    RunError::Server {
        step: "reading the version and the history",
        repair: is_right.then_some(repair),
        source,
    }
}

fn another_tools(server: &Server) -> RunError {
    RunError::AnotherTools {
        table: server.names.version.clone(),
    }
}

/// What stores `version`, in a transaction that is open. Never TRUNCATE, which waits for every reader.
pub(crate) fn store(table: &str, version: Option<Version>, dirty: bool) -> String {
    let delete = format!("DELETE FROM {table}");
    let number = match version {
        Some(version) => version.to_bigint(),
        None if dirty => -1,
        None => return delete,
    };
    format!("{delete}; INSERT INTO {table} (version, dirty) VALUES ({number}, {dirty})")
}

/// What makes the table, as golang-migrate does.
pub(crate) fn create(table: &str) -> String {
    format!("CREATE TABLE {table} (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL)")
}

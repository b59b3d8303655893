//! A database of a test's own, and a look into it that does not go through this crate.

use function_core::Secret;
use table_load::Database;

#[cfg(feature = "postgres")]
use crate::cluster::TestDatabase;
use crate::tables::Row;

/// A fresh database.
pub(crate) enum Place {
    #[cfg(feature = "postgres")]
    Postgres(TestDatabase),
    #[cfg(feature = "sqlite")]
    Sqlite(tempfile::TempDir),
}

impl Place {
    #[cfg(feature = "postgres")]
    pub(crate) async fn postgres() -> Self {
        Self::Postgres(TestDatabase::create().await)
    }

    #[cfg(feature = "sqlite")]
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    pub(crate) fn url(&self) -> Secret {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(database) => Secret::new(database.socket_url()),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(folder) => {
                Secret::new(format!("sqlite:{}", folder.path().join("it.db").display()))
            }
        }
    }

    pub(crate) fn database(&self) -> Database {
        Database::from_url(&self.url()).unwrap()
    }

    /// The rows of a query, every value as text.
    pub(crate) async fn query(&self, sql: &str) -> Vec<Row> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(database) => database.query(sql).await,
            #[cfg(feature = "sqlite")]
            Self::Sqlite(folder) => {
                let (path, sql) = (folder.path().join("it.db"), sql.to_owned());
                tokio::task::spawn_blocking(move || query_sqlite(&path, &sql))
                    .await
                    .unwrap()
            }
        }
    }

    pub(crate) async fn execute(&self, sql: &str) {
        self.query(sql).await;
    }

    /// Waits until no dropped load holds anything any more.
    pub(crate) async fn settle(&self) {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => {
                let sessions = "SELECT 1 FROM pg_stat_activity \
                    WHERE datname = current_database() AND application_name LIKE 'tasuki%'";
                // Within a transaction the server tells the same again and again unless it is told to forget.
                let forget = "SELECT pg_stat_clear_snapshot()::text";
                while !self.query(sessions).await.is_empty() {
                    self.query(forget).await;
                    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
                }
            }
            // A worker that is past the point of no return holds the file; any other will change nothing.
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => {
                self.execute("BEGIN IMMEDIATE").await;
            }
        }
    }
}

#[cfg(feature = "sqlite")]
fn query_sqlite(path: &std::path::Path, sql: &str) -> Vec<Row> {
    use rusqlite::types::ValueRef;

    let connection = rusqlite::Connection::open(path).unwrap();
    connection
        .busy_timeout(std::time::Duration::from_mins(1))
        .unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let width = statement.column_count();
    let mut found = statement.query([]).unwrap();
    let mut rows = Vec::new();
    while let Some(row) = found.next().unwrap() {
        let cell = |index| match row.get_ref(index).unwrap() {
            ValueRef::Null => None,
            ValueRef::Integer(number) => Some(number.to_string()),
            ValueRef::Real(number) => Some(format!("real {number}")),
            ValueRef::Text(text) => Some(String::from_utf8(text.to_vec()).unwrap()),
            ValueRef::Blob(_) => Some("blob".to_owned()),
        };
        rows.push((0..width).map(cell).collect());
    }
    rows
}

//! The tables that are wanted.

use crate::place::Engine;

/// A table that gets a transfer config.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct WantedTable {
    /// `database.table`, for PostgreSQL `database.schema.table`.
    pub(crate) key: String,
    pub(crate) database: String,
    /// The schema; for MySQL the database again.
    pub(crate) schema: String,
    pub(crate) table: String,
}

impl WantedTable {
    /// A table of a database with `engine`.
    pub(crate) fn new(engine: Engine, database: &str, schema: &str, table: &str) -> Self {
        let (key, schema) = match engine {
            Engine::Mysql => (format!("{database}.{table}"), database),
            Engine::Postgresql => (format!("{database}.{schema}.{table}"), schema),
        };
        Self {
            key,
            database: database.to_owned(),
            schema: schema.to_owned(),
            table: table.to_owned(),
        }
    }
}

/// A pattern of table keys, in which `*` stands for any characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(String);

impl Pattern {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }
}

//! Which database it is.

use serde::{Deserialize, Serialize};

/// Which database it is, so that a plan can't be applied to another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The engine.
    pub engine: Engine,
    /// What the server is known by for all its life and by no other: PostgreSQL's system identifier; on MySQL the server's UUID; on MariaDB,
    /// where there is none, its host name, port, data folder and `server_id`, and the host of the address.
    pub server: String,
    /// The database's name; empty on MySQL and MariaDB where the address names none.
    pub database: String,
    /// The server's version, such as `15.20`. It may change between diff and apply.
    pub version: String,
}

impl Identity {
    /// Whether both are the same database.
    pub fn is_same_database(&self, other: &Self) -> bool {
        (self.engine, &self.server, &self.database)
            == (other.engine, &other.server, &other.database)
    }
}

/// A kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Engine {
    /// PostgreSQL 13 or newer, also Cloud SQL and AlloyDB.
    #[serde(rename = "postgresql")]
    PostgreSql,
    /// MySQL 8 or MariaDB 10.5 or newer.
    #[serde(rename = "mysql")]
    MySql,
}

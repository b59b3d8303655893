//! Where an export is.

use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// One export of one logical date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExportPlace {
    /// The bucket of S3.
    pub(crate) bucket: String,
    /// The folder of the export within the bucket, without a slash at its end.
    pub(crate) prefix: String,
    pub(crate) engine: Engine,
    /// The day that the data is of, in the zone of `TIME_ZONE`.
    pub(crate) logical_date: Date,
}

/// The kinds of database, as far as the layout of an export differs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// `database/database.table`.
    #[default]
    Mysql,
    /// `database/schema.table`.
    Postgresql,
}

impl FromStr for Engine {
    type Err = ();

    /// Reads the setting's word, or the name that RDS has for an engine: `aurora-mysql`, `mariadb`, `postgres`.
    fn from_str(name: &str) -> Result<Self, ()> {
        match name.strip_prefix("aurora-").unwrap_or(name) {
            "mysql" | "mariadb" | "aurora" => Ok(Self::Mysql),
            "postgresql" | "postgres" => Ok(Self::Postgresql),
            _ => Err(()),
        }
    }
}

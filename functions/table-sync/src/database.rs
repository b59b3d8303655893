//! Which engine an address is of.

use std::sync::Arc;

use function_core::Secret;
use table_diff::{Database, DatabaseError};

/// The database at `url`; nothing is connected yet.
///
/// # Errors
/// The address is none, or of an engine that this binary was built without.
pub(crate) fn open(url: &Secret) -> Result<Arc<dyn Database>, DatabaseError> {
    let scheme = url.expose().split_once("://").map(|(scheme, _)| scheme);
    match scheme {
        #[cfg(feature = "postgres")]
        Some("postgres" | "postgresql") => Ok(Arc::new(table_postgres::PostgreSql::parse(url)?)),
        #[cfg(feature = "mysql")]
        Some("mysql" | "mariadb") => Ok(Arc::new(table_mysql::MySql::parse(url)?)),
        _ => Err(DatabaseError::Address {
            rule: format!("it must begin with {}", SCHEMES.join(" or ")),
        }),
    }
}

/// How the addresses begin that this binary knows.
const SCHEMES: &[&str] = &[
    #[cfg(feature = "postgres")]
    "postgres://",
    #[cfg(feature = "mysql")]
    "mysql://",
    #[cfg(feature = "mysql")]
    "mariadb://",
];

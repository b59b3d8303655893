//! How a transaction ended whose answer was lost.

use postgres_client::Address;
use table_diff::{DatabaseError, Limits, TransactionEnd, TransactionId};
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

use crate::fault::Place;
use crate::session;

/// What the transaction with the number `xid` on `server` is known by. After a failover or a restore that number may be another's.
pub(super) fn transaction(xid: &str, server: &str) -> TransactionId {
    TransactionId(format!("{xid}@{server}"))
}

/// Asks how `transaction` ended, unless another server answers, or one of another timeline. The server forgets after some two thousand million transactions.
///
/// Source: PostgreSQL documentation, "Transaction ID and Snapshot Information Functions".
pub(crate) async fn end_of(
    address: &Address,
    transaction: &TransactionId,
    limits: &Limits,
) -> Result<TransactionEnd, DatabaseError> {
    let opened = session::write(address, "tasuki table-sync", limits).await?;
    let xid = match transaction.0.split_once('@') {
        Some((xid, server)) if server == opened.identity.server => xid,
        _ => return Ok(TransactionEnd::Unknown),
    };
    let asked = opened
        .session
        .query_typed_one("SELECT pg_xact_status($1::xid8)", &[(&xid, Type::TEXT)])
        .await
        .and_then(|row| row.try_get::<_, Option<String>>(0));
    match asked {
        Ok(status) => Ok(end(status.as_deref())),
        Err(error) if is_of_the_future(&error) => Ok(TransactionEnd::Unknown),
        Err(error) => {
            let step = format!("asking how transaction {xid} ended");
            Err(Place::new(address.describe()).failed(step)(error))
        }
    }
}

fn end(status: Option<&str>) -> TransactionEnd {
    match status {
        Some("committed") => TransactionEnd::Committed,
        Some("aborted") => TransactionEnd::RolledBack,
        Some("in progress") => TransactionEnd::Running,
        _ => TransactionEnd::Unknown,
    }
}

/// A server that was restored to an earlier moment has not come to that transaction yet.
fn is_of_the_future(error: &Error) -> bool {
    error.code() == Some(&SqlState::INVALID_PARAMETER_VALUE)
}

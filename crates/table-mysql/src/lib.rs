//! MySQL 8 and MariaDB 10.5.9 or newer behind the port of `table-diff`.
//!
//! | question | answer here |
//! |---|---|
//! | which tables | those of the database that the address names, called by their names alone, so that it may be called otherwise on the other side; without one, those of all databases, as `database.table` |
//! | one moment | `START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY` on one session, which readers are lent one after another: the server can't share a moment without locking all tables |
//! | row hash | 64 bits of a SHA-1, made by the server, of all values' text with lengths and marks of NULL; `HashMethod::Values` does not exist |
//! | text keys | ordered by their bytes in UTF-8 on the server, whatever the collation; the same byte by byte, where the collation would find `A` for `a` |
//! | end of a transaction | unknown: the server keeps no record of one that a lost session could be asked by. Its rows tell, read with locks that wait for a commit under way |
//! | foreign keys | those in databases that the role may not see are not found; they are checked row by row, so that a row which points at itself by a column that may not be NULL can be inserted and never deleted |

mod address;
mod below;
mod catalog;
mod cell;
mod fault;
mod identifier;
mod keys;
mod kind;
mod layout;
mod marks;
mod migrations;
mod moment;
mod pointing;
mod probe;
mod reader;
mod rights;
mod rows;
mod session;
mod snapshot;
mod writer;

use function_core::Secret;
use futures_util::future::{BoxFuture, FutureExt as _, ready};
use table_diff::{
    Database, DatabaseError, Limits, Reading, ShownRow, Snapshot, TransactionEnd, TransactionId,
    Writer,
};

use crate::address::Address;
use crate::rows::AsOf;
use crate::session::Session;
use crate::snapshot::MySqlSnapshot;
use crate::writer::MySqlWriter;

/// What others see of a session that looks at how a transaction ended.
const LOOKS: &str = "tasuki table-sync (looks)";

/// A MySQL or MariaDB database that can be reached.
#[derive(Clone, Debug)]
pub struct MySql {
    address: Address,
}

impl MySql {
    /// Reads `url`: `mysql://USER:PASSWORD@HOST:PORT/DATABASE?ssl-mode=…`, or with `mariadb://`.
    ///
    /// `ssl-mode` is `disabled`, `preferred` (the default), `required` or `verify-identity`; `ssl-ca` is the PEM file of known authorities, and
    /// `ssl-name` the name in the server's certificate, where it is not the host's. `?socket=/cloudsql/…` is a socket.
    ///
    /// # Errors
    /// It is no such address; the words never hold a part of it.
    pub fn parse(url: &Secret) -> Result<Self, DatabaseError> {
        Address::parse(url)
            .map(|address| Self { address })
            .map_err(|rule| DatabaseError::Address { rule })
    }
}

impl Database for MySql {
    fn describe(&self) -> &str {
        self.address.describe()
    }

    fn snapshot<'a>(
        &'a self,
        limits: &'a Limits,
    ) -> BoxFuture<'a, Result<Box<dyn Snapshot>, DatabaseError>> {
        async {
            let snapshot = MySqlSnapshot::open(&self.address, limits).await?;
            Ok(Box::new(snapshot) as Box<dyn Snapshot>)
        }
        .boxed()
    }

    fn writer<'a>(
        &'a self,
        name: &'a str,
        limits: &'a Limits,
    ) -> BoxFuture<'a, Result<Box<dyn Writer>, DatabaseError>> {
        async move {
            let writer = MySqlWriter::open(&self.address, name, limits).await?;
            Ok(Box::new(writer) as Box<dyn Writer>)
        }
        .boxed()
    }

    /// Unknown, always: `InnoDB` forgets a transaction when it ends, and a GTID is not told before the answer that was lost.
    fn end_of<'a>(
        &'a self,
        _: &'a TransactionId,
        _: &'a Limits,
    ) -> BoxFuture<'a, Result<TransactionEnd, DatabaseError>> {
        ready(Ok(TransactionEnd::Unknown)).boxed()
    }

    /// A transaction holds its rows until its commit has ended, whatever became of its session: the rows are read with locks, which wait for it.
    fn settled<'a>(
        &'a self,
        reading: &'a Reading,
        keys: &'a [Vec<u8>],
        limits: &'a Limits,
    ) -> BoxFuture<'a, Result<Vec<ShownRow>, DatabaseError>> {
        async move {
            let patience = session::patience(limits);
            let mut session = Session::open(&self.address, LOOKS, limits, &patience).await?;
            rows::shown(&mut session, reading, keys, AsOf::Rest).await
        }
        .boxed()
    }
}

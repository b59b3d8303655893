//! PostgreSQL behind the port of `table-diff`.
//!
//! Reading needs `CONNECT` on the database, `USAGE` on the schemas and `SELECT` on the tables, and no extension. All that is read through
//! one snapshot is of one moment; its sessions are read only, and tell values alike whatever the server is set to.
//!
//! Writing needs `TEMPORARY` on the database, `SELECT`, `INSERT`, `UPDATE` and `DELETE` on the tables (rows are locked before they are deleted, and that
//! takes `UPDATE`), and `SELECT` and `UPDATE` on the sequences of their columns. All of it is one transaction; triggers and constraints stay on.
//!
//! A database is known by its server's system identifier and timeline (`pg_control_system()`, `pg_control_checkpoint()`), which everybody may ask for
//! unless somebody forbade it, and its name. Where the role may not ask, host, port and the database's number stand in: then a role that may
//! is a database of its own.
//!
//! Keys are ordered by their bytes in UTF-8, whatever the collation: `a` and `A` are two keys of a citext column, too. Padding
//! blanks of a `char(n)` are no part of a key.

mod catalog;
mod fault;
mod hash;
mod marks;
mod migrations;
mod reader;
mod rights;
mod rows;
mod session;
mod snapshot;
mod sql;
mod types;
mod wire;
mod writer;

use function_core::Secret;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use postgres_client::Address;
use table_diff::{
    Database, DatabaseError, Limits, Snapshot, TransactionEnd, TransactionId, Writer,
};

use crate::snapshot::Moment;

/// A PostgreSQL database that can be reached; nothing is connected yet.
#[derive(Clone, Debug)]
pub struct PostgreSql {
    address: Address,
}

impl PostgreSql {
    /// Reads `postgresql://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…&sslrootcert=…`; see [`Address`] for what its parts mean.
    ///
    /// # Errors
    /// [`DatabaseError::Address`]: it is no such address.
    pub fn parse(url: &Secret) -> Result<Self, DatabaseError> {
        let address =
            Address::parse(url).map_err(|error| DatabaseError::Address { rule: error.rule })?;
        Ok(Self { address })
    }
}

impl Database for PostgreSql {
    fn describe(&self) -> &str {
        self.address.describe()
    }

    fn snapshot<'a>(
        &'a self,
        limits: &'a Limits,
    ) -> BoxFuture<'a, Result<Box<dyn Snapshot>, DatabaseError>> {
        async {
            let moment = Moment::hold(&self.address, limits).await?;
            Ok(Box::new(moment) as Box<dyn Snapshot>)
        }
        .boxed()
    }

    fn writer<'a>(
        &'a self,
        name: &'a str,
        limits: &'a Limits,
    ) -> BoxFuture<'a, Result<Box<dyn Writer>, DatabaseError>> {
        writer::open(&self.address, name, limits).boxed()
    }

    fn end_of<'a>(
        &'a self,
        transaction: &'a TransactionId,
        limits: &'a Limits,
    ) -> BoxFuture<'a, Result<TransactionEnd, DatabaseError>> {
        writer::end_of(&self.address, transaction, limits).boxed()
    }
}

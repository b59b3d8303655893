//! A database at one moment.

use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt as _};
use table_diff::{
    DatabaseError, HashMethod, Identity, Limits, Reader, Reading, Right, Snapshot, Table, TableName,
};
use tokio::sync::Mutex;

use crate::address::Address;
use crate::reader::MySqlReader;
use crate::session::Session;
use crate::{catalog, migrations, probe, rights};

type Answer<'a, T> = BoxFuture<'a, Result<T, DatabaseError>>;

const NAME: &str = "tasuki table-sync (reads)";
const BEGIN: &str = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";

/// One session, for the server has no way for several to see one moment without a lock on all tables.
pub(crate) struct MySqlSnapshot {
    address: Address,
    limits: Limits,
    identity: Identity,
    session: Arc<Mutex<Session>>,
}

impl MySqlSnapshot {
    pub(crate) async fn open(address: &Address, limits: &Limits) -> Result<Self, DatabaseError> {
        let session = Session::open(address, NAME, limits, BEGIN).await?;
        Ok(Self {
            address: address.clone(),
            limits: *limits,
            identity: session.identity.clone(),
            session: Arc::new(Mutex::new(session)),
        })
    }
}

impl Snapshot for MySqlSnapshot {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn tables(&self) -> Answer<'_, Vec<TableName>> {
        async { catalog::tables(&mut *self.session.lock().await).await }.boxed()
    }

    fn structures<'a>(&'a self, tables: &'a [TableName]) -> Answer<'a, Vec<Option<Table>>> {
        async { catalog::structures(&mut *self.session.lock().await, tables).await }.boxed()
    }

    fn migrations(&self) -> Answer<'_, Option<Vec<String>>> {
        async { migrations::read(&mut *self.session.lock().await).await }.boxed()
    }

    fn probe<'a>(
        &'a self,
        method: HashMethod,
        readings: &'a [Reading],
    ) -> Answer<'a, Vec<Option<u64>>> {
        async move { probe::hashes(&mut *self.session.lock().await, method, readings).await }
            .boxed()
    }

    /// Asks on a session of its own.
    fn lacking<'a>(&'a self, rights: &'a [(TableName, Vec<Right>)]) -> Answer<'a, Vec<String>> {
        async {
            let mut session = Session::open(&self.address, NAME, &self.limits, "").await?;
            rights::lacking(&mut session, rights).await
        }
        .boxed()
    }

    fn reader(&self) -> Answer<'static, Box<dyn Reader>> {
        let session = Arc::clone(&self.session);
        async { Ok(Box::new(MySqlReader(session.lock_owned().await)) as Box<dyn Reader>) }.boxed()
    }
}

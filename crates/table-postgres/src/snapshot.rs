//! A database at one moment.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, join};
use postgres_client::{Address, Session};
use table_diff::{
    DatabaseError, HashMethod, Identity, Limits, Reader, Reading, Right, Snapshot, Table,
    TableKind, TableName,
};

use crate::fault::Place;
use crate::reader::MomentReader;
use crate::session::{self, Opened};
use crate::{catalog, hash, migrations, rights, sql};

type Answer<'a, T> = BoxFuture<'a, Result<T, DatabaseError>>;

/// A database at the moment that its session holds; readers join it.
pub(crate) struct Moment {
    address: Address,
    limits: Limits,
    place: Place,
    session: Session,
    identity: Identity,
    version: u32,
    /// What readers join by.
    exported: String,
    /// The tables that were listed, and whether each can be locked.
    listed: OnceLock<BTreeMap<TableName, bool>>,
}

impl Moment {
    /// Logs in and holds the database still.
    pub(crate) async fn hold(address: &Address, limits: &Limits) -> Result<Self, DatabaseError> {
        let Opened {
            session,
            identity,
            version,
            snapshot,
        } = session::hold(address, limits).await?;
        Ok(Self {
            address: address.clone(),
            limits: *limits,
            place: Place::new(address.describe()),
            session,
            identity,
            version,
            exported: snapshot,
            listed: OnceLock::new(),
        })
    }

    async fn list(&self) -> Result<Vec<TableName>, DatabaseError> {
        let listed = catalog::tables(&self.session, &self.place).await?;
        let names = listed.iter().map(|(name, _)| name.clone()).collect();
        // All lists of one moment are the same.
        self.listed.set(listed.into_iter().collect()).ok();
        Ok(names)
    }

    /// Those of `tables` that can be locked. Where they were not listed, a first look at their structures tells it.
    async fn lockable(&self, tables: &[TableName]) -> Result<Vec<TableName>, DatabaseError> {
        let listed = |table| self.listed.get().and_then(|listed| listed.get(table));
        if let Some(known) = tables.iter().map(listed).collect::<Option<Vec<_>>>() {
            let pairs = tables.iter().zip(known);
            let lockable = pairs.filter(|(_, can_be_locked)| **can_be_locked);
            return Ok(lockable.map(|(table, _)| table.clone()).collect());
        }
        let found = catalog::structures(&self.session, tables, &self.place).await?;
        let can_be_locked = |table: &Table| {
            matches!(table.kind, TableKind::Table | TableKind::Partitioned) && !table.row_security
        };
        let tables = found.into_iter().flatten().map(|(table, _)| table);
        Ok(tables
            .filter(can_be_locked)
            .map(|table| table.name)
            .collect())
    }

    /// Reads the structures below the locks of all tables that can be locked.
    async fn read_structures(
        &self,
        tables: &[TableName],
    ) -> Result<Vec<Option<Table>>, DatabaseError> {
        let locks = locks(&self.lockable(tables).await?);
        // Both are on their way at the same time, in this order.
        let (locked, found) = join(
            self.session.batch_execute(&locks),
            catalog::structures(&self.session, tables, &self.place),
        )
        .await;
        locked.map_err(self.place.failed("locking the tables to read them"))?;
        let still = |(table, rebuilt): (Table, bool)| {
            if rebuilt {
                return Err(self.place.rebuilt(&table.name));
            }
            Ok(table)
        };
        found?
            .into_iter()
            .map(|found| found.map(still).transpose())
            .collect()
    }

    async fn read_probe(
        &self,
        method: HashMethod,
        readings: &[Reading],
    ) -> Result<Vec<Option<u64>>, DatabaseError> {
        if readings.is_empty() || !hash::has_method(method, self.version) {
            return Ok(vec![None; readings.len()]);
        }
        let step = || self.place.failed("probing the row hash");
        let probes = readings.iter().map(|reading| hash::probe(method, reading));
        let probes: Vec<_> = probes.collect();
        let sql = format!("SELECT ARRAY[{}]", probes.join(", "));
        let row = self.session.query_typed_one(&sql, &[]).await;
        let hashes: Vec<i64> = row.and_then(|row| row.try_get(0)).map_err(step())?;
        Ok(hashes
            .into_iter()
            .map(|hash| Some(hash.cast_unsigned()))
            .collect())
    }
}

/// Takes the lock of every reader on `tables` for as long as the moment is held, so that nobody alters or empties them
/// meanwhile: a snapshot does not keep the rows of a table that is emptied. Needs no more than the right to read a column.
fn locks(tables: &[TableName]) -> String {
    let locks = tables.iter().map(sql::table);
    let locks: Vec<_> = locks
        .map(|table| format!("SELECT FROM {table} LIMIT 0"))
        .collect();
    locks.join("; ")
}

impl Snapshot for Moment {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    fn tables(&self) -> Answer<'_, Vec<TableName>> {
        self.list().boxed()
    }

    fn structures<'a>(&'a self, tables: &'a [TableName]) -> Answer<'a, Vec<Option<Table>>> {
        self.read_structures(tables).boxed()
    }

    fn migrations(&self) -> Answer<'_, Option<Vec<String>>> {
        migrations::migrations(&self.session, &self.place).boxed()
    }

    fn probe<'a>(
        &'a self,
        method: HashMethod,
        readings: &'a [Reading],
    ) -> Answer<'a, Vec<Option<u64>>> {
        self.read_probe(method, readings).boxed()
    }

    fn lacking<'a>(&'a self, rights: &'a [(TableName, Vec<Right>)]) -> Answer<'a, Vec<String>> {
        rights::lacking(&self.session, rights, &self.place).boxed()
    }

    fn reader(&self) -> Answer<'static, Box<dyn Reader>> {
        let (address, limits, place) = (self.address.clone(), self.limits, self.place.clone());
        let exported = self.exported.clone();
        async move {
            let session = session::join_moment(&address, &exported, &limits).await?;
            Ok(Box::new(MomentReader { session, place }) as Box<dyn Reader>)
        }
        .boxed()
    }
}

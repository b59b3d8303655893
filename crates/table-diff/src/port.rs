//! The port: what a database must be able to do.
//!
//! `table-postgres` and `table-mysql` are behind it. All SQL is made there, of quoted identifiers and bound values only.

use std::fmt;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt as _};
use serde::{Deserialize, Serialize};

use crate::{
    Action, Cascade, Change, DatabaseError, ForeignKey, HashMethod, Identity, MarkBatch, Reading,
    ShownRow, StaleRow, Table, TableName,
};

/// What a call answers.
type Answer<'a, T> = BoxFuture<'a, Result<T, DatabaseError>>;

/// A database that can be reached; nothing is connected yet.
pub trait Database: fmt::Debug + Send + Sync {
    /// The address without its password.
    fn describe(&self) -> &str;

    /// Logs in and holds the database still: all that is read through the snapshot is of one moment, and read only.
    fn snapshot<'a>(&'a self, limits: &'a Limits) -> Answer<'a, Box<dyn Snapshot>>;

    /// Logs in to write, and begins a transaction. `name` is what other sessions see of it.
    fn writer<'a>(&'a self, name: &'a str, limits: &'a Limits) -> Answer<'a, Box<dyn Writer>>;

    /// How a transaction ended whose answer was lost.
    fn end_of<'a>(
        &'a self,
        transaction: &'a TransactionId,
        limits: &'a Limits,
    ) -> Answer<'a, TransactionEnd>;

    /// The rows with `keys` (encoded, in order, 1,000 at most) as they are once nobody is about to write them: a transaction that holds one of them
    /// is waited for, also one whose session is gone and whose commit is still under way. A wait longer than [`Limits::lock`] is an error that
    /// passes. Keys without row are left out.
    ///
    /// A snapshot tells it where [`Database::end_of`] knows of transactions that have not ended.
    fn settled<'a>(
        &'a self,
        reading: &'a Reading,
        keys: &'a [Vec<u8>],
        limits: &'a Limits,
    ) -> Answer<'a, Vec<ShownRow>> {
        async move {
            let snapshot = self.snapshot(limits).await?;
            let mut reader = snapshot.reader().await?;
            reader.shown(reading, keys).await
        }
        .boxed()
    }
}

/// How patient a session is.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long logging in may take.
    pub connect: Duration,
    /// How long a session may wait for a lock; on PostgreSQL readers, too.
    pub lock: Duration,
    /// How long one statement of a writer may take. Readers have no limit.
    pub statement: Duration,
}

/// A database at one moment.
pub trait Snapshot: Send + Sync {
    /// Which database it is.
    fn identity(&self) -> &Identity;

    /// The names of all tables that a person may mean, views and foreign tables as well; the system's own are left out.
    fn tables(&self) -> Answer<'_, Vec<TableName>>;

    /// The structures of `tables`, in their order, in as few round trips as can be. One that is not there, or may not be read, is `None`.
    fn structures<'a>(&'a self, tables: &'a [TableName]) -> Answer<'a, Vec<Option<Table>>>;

    /// The rows of `schema_migrations`, as text in order, wherever golang-migrate, Rails, dbmate or this project's own job keeps it; `None` where there is
    /// no such table.
    fn migrations(&self) -> Answer<'_, Option<Vec<String>>>;

    /// For each of `readings` the hash of a fixed row of its column types. Where both sides answer alike, their hashes can be compared. `None`
    /// where the server lacks the method for one of the types.
    fn probe<'a>(
        &'a self,
        method: HashMethod,
        readings: &'a [Reading],
    ) -> Answer<'a, Vec<Option<u64>>>;

    /// What of `rights` the session lacks, as words such as `UPDATE on public.item`. Empty where nothing is lacking.
    fn lacking<'a>(&'a self, rights: &'a [(TableName, Vec<Right>)]) -> Answer<'a, Vec<String>>;

    /// A session of its own that sees the same moment. Where an engine can't share a moment, the only one: a second call waits until the first
    /// was given back (dropped). The answer borrows nothing, so that many sessions can be opened at the same time, and beside other calls.
    fn reader(&self) -> Answer<'static, Box<dyn Reader>>;
}

/// What may be done to a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Reading.
    Select,
    /// Inserting.
    Insert,
    /// Updating.
    Update,
    /// Deleting.
    Delete,
}

/// One session of a snapshot.
pub trait Reader: Send {
    /// Begins to read the marks of `reading`'s table, in the order of the keys.
    fn marks<'a>(&'a mut self, reading: &'a Reading) -> Answer<'a, Box<dyn MarkStream + 'a>>;

    /// The rows with `keys` (encoded, in order, 1,000 at most), in the order of the keys, for a person to see. Keys without row are left out.
    fn shown<'a>(
        &'a mut self,
        reading: &'a Reading,
        keys: &'a [Vec<u8>],
    ) -> Answer<'a, Vec<ShownRow>>;

    /// The whole rows with `keys`, in the order of the keys, as changes' `wanted` and `values`; the action is [`Action::Insert`], and nothing was seen.
    /// Keys without row are left out. One call's answer is in memory: give few keys where rows are large.
    fn whole<'a>(
        &'a mut self,
        reading: &'a Reading,
        keys: &'a [Vec<String>],
    ) -> Answer<'a, Vec<Change>>;

    /// How many rows of `key`'s table point at rows with `keys` of `reading`'s table.
    fn pointing<'a>(
        &'a mut self,
        reading: &'a Reading,
        key: &'a ForeignKey,
        keys: &'a [Vec<u8>],
    ) -> Answer<'a, u64>;

    /// For each key of `cascade` how many rows point by it at rows that are gone once those with `keys` of `reading`'s table are deleted: at them, and at
    /// those that cascades take along. Each row counts once for a key, however many ways lead to it.
    fn below<'a>(
        &'a mut self,
        reading: &'a Reading,
        cascade: &'a Cascade,
        keys: &'a [Vec<u8>],
    ) -> Answer<'a, Vec<u64>>;
}

/// Marks as they come.
pub trait MarkStream: Send {
    /// Fills `batch` anew; `false` at the end, when it is empty. Whether keys are out of order or twice is the caller's to find out, as [`Merge`](crate::Merge) does.
    fn next<'a>(&'a mut self, batch: &'a mut MarkBatch) -> Answer<'a, bool>;
}

/// How many rows of other tables a deletion takes along or changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CascadeCount {
    /// The foreign key through which.
    pub key: ForeignKey,
    /// How many rows.
    pub rows: u64,
    /// The table whose deletions begin it, where the key does not point at that one, but at rows that are taken along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<TableName>,
}

impl CascadeCount {
    /// So many rows point by `key` at rows that deletions in `table` delete.
    pub fn new(table: &TableName, key: &ForeignKey, rows: u64) -> Self {
        Self {
            key: key.clone(),
            rows,
            from: (key.references != *table).then(|| table.clone()),
        }
    }

    /// Whether both count by the same key what the same table's deletions take along.
    pub fn is_of_same(&self, other: &Self) -> bool {
        let of = |it: &Self| (it.key.name.clone(), it.key.table.clone(), it.from.clone());
        of(self) == of(other)
    }
}

/// What a transaction is known by after its session is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TransactionId(pub String);

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionEnd {
    /// All of it is there.
    Committed,
    /// Nothing of it is there.
    RolledBack,
    /// It has not ended yet.
    Running,
    /// The engine can't tell: the rows must be looked at.
    Unknown,
}

/// A session that writes, within one transaction. Dropping it rolls all back.
///
/// ```text
/// stage… for each table → lock_and_check → old → delete, update, insert in the order of the foreign keys → verify → advance → commit
/// ```
pub trait Writer: Send {
    /// Which database it is.
    fn identity(&self) -> &Identity;

    /// What the transaction is known by; `None` where the engine has no such thing.
    fn transaction(&self) -> Option<&TransactionId>;

    /// Puts `changes` beside the table that `reading` is of, in a place of the session's own. Called again and again.
    fn stage<'a>(
        &'a mut self,
        table: &'a Table,
        reading: &'a Reading,
        changes: &'a [Change],
    ) -> Answer<'a, ()>;

    /// Locks the staged rows of the table, and answers those that are not as they were seen (a row to be inserted that is there, too). 20 of them at most; also
    /// how many there are.
    fn lock_and_check<'a>(&'a mut self, reading: &'a Reading) -> Answer<'a, (u64, Vec<StaleRow>)>;

    /// The next of the locked rows as they are now, as the changes that would undo what is staged, `most` at most; empty at the end.
    fn old<'a>(&'a mut self, reading: &'a Reading, most: usize) -> Answer<'a, Vec<Change>>;

    /// Does what is staged for `action`, and answers how many rows were written.
    fn write<'a>(
        &'a mut self,
        table: &'a Table,
        reading: &'a Reading,
        action: Action,
    ) -> Answer<'a, u64>;

    /// Compares the touched rows with what was wanted of them; answers as [`Writer::lock_and_check`] does.
    fn verify<'a>(&'a mut self, reading: &'a Reading) -> Answer<'a, (u64, Vec<StaleRow>)>;

    /// Moves the sequences of the table's columns behind the highest value.
    fn advance<'a>(&'a mut self, table: &'a Table) -> Answer<'a, ()>;

    /// Makes all of it last. An error leaves it open whether it does: see [`Database::end_of`].
    fn commit(self: Box<Self>) -> BoxFuture<'static, Result<(), DatabaseError>>;
}

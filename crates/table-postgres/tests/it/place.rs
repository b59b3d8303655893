//! What the stories of reading share.

use std::time::Duration;

use function_core::Secret;
use table_diff::{
    Compare, Database as _, DatabaseError, GateOptions, HashMethod, Limits, MarkBatch, Reader,
    Reading, Snapshot, Table, TableName, gate, key,
};
use table_postgres::PostgreSql;
use tokio_postgres::{Client, NoTls};

pub(crate) const LIMITS: Limits = Limits {
    connect: Duration::from_secs(10),
    lock: Duration::from_millis(500),
    statement: Duration::from_mins(1),
};

pub(crate) fn database(url: &str) -> PostgreSql {
    PostgreSql::parse(&Secret::new(url)).unwrap()
}

pub(crate) async fn snapshot(url: &str) -> Box<dyn Snapshot> {
    database(url).snapshot(&LIMITS).await.unwrap()
}

/// A session of somebody else.
pub(crate) async fn client(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

pub(crate) fn public(name: &str) -> TableName {
    TableName {
        schema: "public".to_owned(),
        name: name.to_owned(),
    }
}

pub(crate) async fn structure(snapshot: &dyn Snapshot, name: &str) -> Table {
    let names = [public(name)];
    let found = snapshot.structures(&names).await.unwrap().remove(0);
    found.unwrap()
}

/// How the table is read where both sides are like `table`.
pub(crate) fn reading(table: &Table, hash: HashMethod) -> Reading {
    let options = GateOptions::new(Compare::Content, hash);
    let gate = gate::compare(Some(table), Some(table), &options);
    gate.reading
        .unwrap_or_else(|| panic!("{:?}", gate.differences))
}

/// A mark with the texts of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) key: Vec<String>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) time: Option<i64>,
    pub(crate) hash: u64,
}

pub(crate) async fn marks(
    reader: &mut dyn Reader,
    reading: &Reading,
) -> Result<Vec<Told>, DatabaseError> {
    let mut stream = reader.marks(reading).await?;
    let mut batch = MarkBatch::default();
    let mut told = Vec::new();
    while stream.next(&mut batch).await? {
        for index in 0..batch.len() {
            let mark = batch.get(index).unwrap();
            let before = told.last().map(|told: &Told| told.bytes.as_slice());
            assert!(before < Some(mark.key), "keys are in order");
            told.push(Told {
                key: key::decode(&reading.key, mark.key).unwrap(),
                bytes: mark.key.to_vec(),
                time: mark.time,
                hash: mark.hash,
            });
        }
    }
    Ok(told)
}

/// The marks of a table at a moment of its own.
pub(crate) async fn marks_of(url: &str, table: &str, hash: HashMethod) -> Vec<Told> {
    let snapshot = snapshot(url).await;
    let structure = structure(snapshot.as_ref(), table).await;
    let mut reader = snapshot.reader().await.unwrap();
    marks(reader.as_mut(), &reading(&structure, hash))
        .await
        .unwrap()
}

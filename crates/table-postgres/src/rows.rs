//! Rows by their keys: for people, and whole.

mod below;
mod shown;

use std::pin::pin;

use futures_util::TryStreamExt as _;
use postgres_client::Session;
use table_diff::{Action, Change, DatabaseError, ForeignKey, Reading, Seen, key};
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use crate::fault::Place;
use crate::hash;
use crate::sql::{self, column, table};
use crate::wire::{self, Cell, Unfit};

/// Before the cells of a row come its number among the wanted keys, its time and its hash.
const CELLS: usize = 3;

/// A reader's session and what its words name.
pub(crate) struct Rows<'a> {
    pub(crate) session: &'a Session,
    pub(crate) place: &'a Place,
    pub(crate) reading: &'a Reading,
}

impl Rows<'_> {
    /// The whole rows with `keys`.
    pub(crate) async fn whole(&self, keys: &[Vec<String>]) -> Result<Vec<Change>, DatabaseError> {
        let sql = self.statement(&sql::texts(self.reading, "t"))?;
        let mut whole = Vec::with_capacity(keys.len());
        let answer = self.ask(&sql, keys).await?;
        let mut answer = pin!(answer);
        while let Some(row) = self.next(answer.as_mut()).await? {
            let head = self.head(&row, keys)?;
            let values = (CELLS..row.len()).map(|index| row.try_get(index));
            let values = values.collect::<Result<_, _>>();
            whole.push(Change {
                action: Action::Insert,
                key: head.key.clone(),
                seen: None,
                wanted: Some(head.seen),
                values: Some(values.map_err(self.failed())?),
            });
        }
        Ok(whole)
    }

    /// How many rows point by `foreign` at rows with the encoded `keys`.
    pub(crate) async fn pointing(
        &self,
        foreign: &ForeignKey,
        keys: &[Vec<u8>],
    ) -> Result<u64, DatabaseError> {
        let pairs = foreign.columns.iter().zip(&foreign.referenced_columns);
        let links: Vec<_> = pairs
            .map(|(own, other)| sql::points(self.reading, own, other))
            .collect();
        let sql = format!(
            "SELECT count(*) FROM {} JOIN {} AS t ON {} JOIN {} AS p ON {}",
            sql::wanted(self.reading),
            table(&self.reading.table),
            sql::has_wanted_key(self.reading, "t", "wanted", self.place)?,
            table(&foreign.table),
            links.join(" AND ")
        );
        let answer = self.ask(&sql, &self.decoded(keys)?).await?;
        let row = self.next(pin!(answer)).await?;
        let count = row.map(|row| row.try_get(0).map(i64::unsigned_abs));
        Ok(count
            .transpose()
            .map_err(self.failed())?
            .unwrap_or_default())
    }

    /// Asks for the row's number among the wanted keys, its time, its hash, and `cells`.
    fn statement(&self, cells: &[String]) -> Result<String, DatabaseError> {
        let time = self.reading.time.as_ref();
        let time = time.map_or_else(|| "NULL".to_owned(), |(name, _)| column("t", name));
        Ok(format!(
            "SELECT wanted.n, {time}, {}, {} FROM {} JOIN {} AS t ON {} ORDER BY wanted.n",
            hash::row_hash(self.reading, "t"),
            cells.join(", "),
            sql::wanted(self.reading),
            table(&self.reading.table),
            sql::has_wanted_key(self.reading, "t", "wanted", self.place)?,
        ))
    }

    async fn ask(
        &self,
        sql: &str,
        keys: &[Vec<String>],
    ) -> Result<tokio_postgres::RowStream, DatabaseError> {
        let columns: Vec<Vec<&str>> = (0..self.reading.key.len())
            .map(|index| {
                let texts = keys.iter().filter_map(|key| key.get(index));
                texts.map(String::as_str).collect()
            })
            .collect();
        let bound = columns
            .iter()
            .map(|column| (column as &(dyn ToSql + Sync), Type::TEXT_ARRAY));
        let answer = self.session.query_typed_raw(sql, bound).await;
        answer.map_err(self.failed())
    }

    async fn next(
        &self,
        mut answer: std::pin::Pin<&mut tokio_postgres::RowStream>,
    ) -> Result<Option<Row>, DatabaseError> {
        answer.try_next().await.map_err(self.failed())
    }

    fn decoded(&self, keys: &[Vec<u8>]) -> Result<Vec<Vec<String>>, DatabaseError> {
        let decoded = keys.iter().map(|key| key::decode(&self.reading.key, key));
        let decoded = decoded.collect::<Result<_, _>>();
        decoded.map_err(|error| self.place.strange(self.step(), error.to_string()))
    }

    /// What stands before the cells of `row`, with its key of `keys`.
    fn head<'k, K>(&self, row: &Row, keys: &'k [K]) -> Result<Head<'k, K>, DatabaseError> {
        let get = |index| row.try_get::<_, Cell<'_>>(index).map(|cell| cell.0);
        let number: i64 = row.try_get(0).map_err(self.failed())?;
        let time = get(1).map_err(self.failed())?;
        let hash = get(2).map_err(self.failed())?;
        let unfit = |Unfit(what)| self.place.strange(self.step(), what);
        let time = match &self.reading.time {
            Some((_, kind)) => wire::time(*kind, time).map_err(unfit)?,
            None => None,
        };
        let hash = wire::hash(hash).map_err(unfit)?;
        let index = usize::try_from(number - 1).ok();
        let key = index.and_then(|index| Some((index, keys.get(index)?)));
        let (index, key) = key.ok_or_else(|| {
            self.place
                .strange(self.step(), format!("there is no key number {number}"))
        })?;
        Ok(Head {
            index,
            key,
            seen: Seen { hash, time },
        })
    }

    fn failed(&self) -> impl FnOnce(tokio_postgres::Error) -> DatabaseError {
        self.place.failed(self.step())
    }

    fn step(&self) -> String {
        format!("reading rows of {}", self.reading.table)
    }
}

struct Head<'k, K> {
    /// Where its key is among those that were asked for.
    index: usize,
    key: &'k K,
    seen: Seen,
}

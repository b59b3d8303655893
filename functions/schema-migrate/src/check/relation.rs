//! Tables as they are in the database.

use migration_sql::Name;
use postgres_client::Session;
use tokio_postgres::Row;

use super::CheckError;

/// Up to this many bytes the rows of a table are counted; above, the server's own estimate is told.
const COUNTED_BYTES_MAX: i64 = 8 * 1024 * 1024;

/// A relation with its size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Relation {
    pub(super) oid: u32,
    /// As the session would write it.
    pub(super) name: String,
    /// `None` for what holds none, and where nobody ever counted.
    pub(super) rows: Option<Rows>,
    /// With indexes and what is stored aside.
    pub(super) bytes: i64,
}

/// How many rows there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rows {
    pub(super) count: u64,
    /// Counted just now, not estimated.
    pub(super) is_exact: bool,
}

/// The relations whose oids `query` gives.
pub(super) async fn relations(session: &Session, query: &str) -> Result<Vec<Relation>, CheckError> {
    let query = format!(
        "SELECT c.oid, c.oid::regclass::text, c.reltuples::float8, pg_catalog.pg_total_relation_size(c.oid), \
         CASE WHEN c.relkind IN ('r', 'm') THEN pg_catalog.pg_relation_size(c.oid) END \
         FROM pg_catalog.pg_class c WHERE c.oid IN ({query}) ORDER BY 2"
    );
    let failed = CheckError::query("looking up tables");
    let rows = session.query_typed(&query, &[]).await.map_err(&failed)?;
    let mut relations = Vec::new();
    for row in &rows {
        let (mut relation, heap) = read(row).map_err(&failed)?;
        if heap.is_some_and(|bytes| bytes <= COUNTED_BYTES_MAX)
            && let Some(count) = count(session, &relation.name).await
        {
            let is_exact = true;
            relation.rows = Some(Rows { count, is_exact });
        }
        relations.push(relation);
    }
    Ok(relations)
}

fn read(row: &Row) -> Result<(Relation, Option<i64>), tokio_postgres::Error> {
    let estimate: f64 = row.try_get(2)?;
    let heap: Option<i64> = row.try_get(4)?;
    let relation = Relation {
        oid: row.try_get(0)?,
        name: row.try_get(1)?,
        rows: estimated(estimate),
        bytes: row.try_get(3)?,
    };
    Ok((relation, heap))
}

/// The server writes −1 for a table that was never analysed.
fn estimated(tuples: f64) -> Option<Rows> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate that is not negative, far below 2^64"
    )]
    let count = tuples as u64;
    let is_exact = false;
    (tuples >= 0.0).then_some(Rows { count, is_exact })
}

/// A role that may change a table need not be allowed to read it: then the estimate has to do.
async fn count(session: &Session, name: &str) -> Option<u64> {
    let query = format!("SELECT count(*) FROM {name}");
    let rows = session.query_typed(&query, &[]).await.ok()?;
    let count: i64 = rows.first()?.try_get(0).ok()?;
    u64::try_from(count).ok()
}

/// What the rows of a table are told by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// As the session would write it.
    pub(super) table: String,
    /// All columns.
    pub(super) columns: Vec<String>,
    /// Those of the primary key, in its order; none without one.
    pub(super) key: Vec<String>,
}

/// The shape of `table`; `None` when there is no such table.
pub(super) async fn shape(session: &Session, table: &Name) -> Result<Option<Shape>, CheckError> {
    const SHAPE: &str = "SELECT c.oid::regclass::text, \
         ARRAY(SELECT attname::text FROM pg_catalog.pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped), \
         ARRAY(SELECT a.attname::text FROM pg_catalog.pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place) \
         JOIN pg_catalog.pg_attribute a ON a.attnum = k.number \
         WHERE i.indrelid = c.oid AND i.indisprimary AND a.attrelid = c.oid AND k.place <= i.indnkeyatts ORDER BY k.place) \
         FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass($1) AND c.relkind IN ('r', 'p', 'm')";
    let failed = CheckError::query("looking up a table");
    let name = table.quoted();
    let rows = session
        .query_typed(SHAPE, &[(&name, tokio_postgres::types::Type::TEXT)])
        .await
        .map_err(&failed)?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let read = || {
        Ok(Shape {
            table: row.try_get(0)?,
            columns: row.try_get(1)?,
            key: row.try_get(2)?,
        })
    };
    read().map(Some).map_err(failed)
}

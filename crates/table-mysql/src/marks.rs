//! Marks as a stream in the order of the keys.

use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::future::{BoxFuture, FutureExt as _};
use mysql_async::prelude::Queryable as _;
use mysql_async::{ResultSetStream, Row, TextProtocol};
use table_diff::{Compare, DatabaseError, MarkBatch, MarkStream, Reading};

use crate::fault;
use crate::layout::{Layout, TOO_LONG};
use crate::session::{Session, answer};

/// How many marks are handed over at once.
const BATCH: usize = 2_000;

/// Rows come one after another from the server, which waits where nobody reads: no table is ever in memory.
pub(crate) struct Marks<'a> {
    layout: Layout<'a>,
    rows: Option<ResultSetStream<'a, 'a, 'static, Row, TextProtocol>>,
    step: String,
    database: Arc<str>,
}

impl<'a> Marks<'a> {
    pub(crate) async fn begin(
        session: &'a mut Session,
        reading: &'a Reading,
    ) -> Result<Self, DatabaseError> {
        let database = Arc::clone(&session.database);
        let layout = Layout::of(reading, &database)?;
        let step = format!("reading {}", reading.table);
        let sql = format!(
            "SELECT {} FROM {} t ORDER BY {}",
            layout.mark("t", reading.compare == Compare::Content),
            layout.table(),
            layout.order("t")
        );
        let rows = session.connection.query_stream(sql).await;
        Ok(Self {
            layout,
            rows: Some(rows.map_err(|error| fault::statement(&step, &database, error))?),
            step,
            database,
        })
    }

    async fn fill(&mut self, batch: &mut MarkBatch) -> Result<bool, DatabaseError> {
        batch.clear();
        while batch.len() < BATCH {
            let Some(rows) = &mut self.rows else { break };
            match rows.next().await {
                Some(Ok(row)) => self.push(batch, &row)?,
                Some(Err(error)) => {
                    self.rows = None;
                    return Err(fault::statement(&self.step, &self.database, error));
                }
                None => self.rows = None,
            }
        }
        Ok(!batch.is_empty())
    }

    fn push(&self, batch: &mut MarkBatch, row: &Row) -> Result<(), DatabaseError> {
        let wrong = |detail: String| answer(&self.database, &self.step, detail);
        let (time, hash) = self
            .layout
            .read_mark(row, batch.key_mut())
            .map_err(|error| wrong(error.to_string()))?;
        let hash = match (hash, self.layout.reading.compare) {
            (Some(hash), _) => hash,
            (None, Compare::Time) => 0,
            (None, Compare::Content) => return Err(wrong(TOO_LONG.to_owned())),
        };
        batch.end_row(time, hash);
        Ok(())
    }
}

impl MarkStream for Marks<'_> {
    fn next<'a>(
        &'a mut self,
        batch: &'a mut MarkBatch,
    ) -> BoxFuture<'a, Result<bool, DatabaseError>> {
        self.fill(batch).boxed()
    }
}

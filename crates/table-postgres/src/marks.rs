//! Marks, decoded as they come from an ordered binary COPY. Nothing is allocated for a row.

mod decoder;

use std::pin::Pin;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use postgres_client::Session;
use table_diff::{Compare, DatabaseError, MarkBatch, MarkStream, Reading};
use tokio_postgres::CopyOutStream;

use self::decoder::Decoder;
use crate::fault::Place;
use crate::{hash, sql};

/// How many marks come at a time: some 100 KiB, and few enough that both sides are at work.
const BATCH_ROWS: usize = 4096;

/// The statement whose answer [`Marks`] decodes.
pub(crate) fn statement(reading: &Reading) -> String {
    let mut columns = sql::key_sent(reading, "t");
    if let Some((name, _)) = &reading.time {
        columns.push(sql::column("t", name));
    }
    if reading.compare == Compare::Content {
        columns.push(hash::row_hash(reading, "t"));
    }
    format!(
        "COPY (SELECT {} FROM {} AS t ORDER BY {}) TO STDOUT (FORMAT binary)",
        columns.join(", "),
        sql::table(&reading.table),
        sql::key_order(reading, "t")
    )
}

/// The marks of one table.
pub(crate) struct Marks<'a> {
    place: &'a Place,
    reading: &'a Reading,
    stream: Pin<Box<CopyOutStream>>,
    decoder: Decoder,
    /// Whether the stream is at its end: it must not be asked again.
    ended: bool,
}

impl<'a> Marks<'a> {
    pub(crate) async fn begin(
        session: &'a Session,
        place: &'a Place,
        reading: &'a Reading,
    ) -> Result<Self, DatabaseError> {
        let stream = session.copy_out(&statement(reading)).await;
        let stream = stream.map_err(place.failed(step(reading)))?;
        Ok(Self {
            place,
            reading,
            stream: Box::pin(stream),
            decoder: Decoder::new(reading),
            ended: false,
        })
    }

    async fn fill(&mut self, batch: &mut MarkBatch) -> Result<bool, DatabaseError> {
        batch.clear();
        while batch.len() < BATCH_ROWS && !self.ended {
            match self.stream.next().await {
                Some(Ok(bytes)) => self
                    .decoder
                    .read(&bytes, batch)
                    .map_err(|detail| self.place.strange(step(self.reading), detail))?,
                Some(Err(error)) => return Err(self.place.failed(step(self.reading))(error)),
                None if self.decoder.has_ended() => self.ended = true,
                None => {
                    let detail = "its rows ended before their end was told";
                    return Err(self.place.strange(step(self.reading), detail));
                }
            }
        }
        Ok(!batch.is_empty())
    }
}

impl MarkStream for Marks<'_> {
    fn next<'a>(
        &'a mut self,
        batch: &'a mut MarkBatch,
    ) -> BoxFuture<'a, Result<bool, DatabaseError>> {
        Box::pin(self.fill(batch))
    }
}

fn step(reading: &Reading) -> String {
    format!("reading {}", reading.table)
}

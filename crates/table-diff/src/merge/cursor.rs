//! Where one side of a comparison is.

use std::fmt;

use crate::{DatabaseError, Mark, MarkBatch, MarkStream, Reading, Side, key};

/// Where one side of a comparison is.
pub(super) struct Cursor<'a> {
    side: Side,
    reading: &'a Reading,
    stream: Box<dyn MarkStream + 'a>,
    batch: MarkBatch,
    /// The number of the current mark in the batch.
    at: usize,
    /// The last key of the batch before; empty before the first one, as no key is.
    last: Vec<u8>,
    ended: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(side: Side, stream: Box<dyn MarkStream + 'a>, reading: &'a Reading) -> Self {
        Self {
            side,
            reading,
            stream,
            batch: MarkBatch::default(),
            at: 0,
            last: Vec::new(),
            ended: false,
        }
    }

    /// The current mark; `None` where the batch is used up.
    #[inline]
    pub(super) fn mark(&self) -> Option<Mark<'_>> {
        self.batch.get(self.at)
    }

    /// Leaves the current mark behind if `wanted`.
    #[inline]
    pub(super) fn advance(&mut self, wanted: bool) {
        self.at += usize::from(wanted);
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.ended && self.at >= self.batch.len()
    }

    /// Makes sure that there is a current mark, unless the stream has ended.
    pub(super) async fn fill(&mut self) -> Result<(), DatabaseError> {
        while !self.ended && self.at >= self.batch.len() {
            if let Some(mark) = self
                .batch
                .len()
                .checked_sub(1)
                .and_then(|at| self.batch.get(at))
            {
                self.last.clear();
                self.last.extend_from_slice(mark.key);
            }
            self.at = 0;
            self.ended = !self.stream.next(&mut self.batch).await?;
            self.check_order()?;
        }
        Ok(())
    }

    /// Refuses keys that are not behind the one before: a server that orders otherwise than bytes would make rows look
    /// inserted and deleted.
    fn check_order(&self) -> Result<(), DatabaseError> {
        let mut before = self.last.as_slice();
        for at in 0..self.batch.len() {
            let Some(mark) = self.batch.get(at) else {
                break;
            };
            if key::order(mark.key, before).is_le() && !before.is_empty() {
                return Err(self.out_of_order(before, mark.key));
            }
            before = mark.key;
        }
        Ok(())
    }

    fn out_of_order(&self, before: &[u8], key: &[u8]) -> DatabaseError {
        let text = |key| match key::decode(&self.reading.key, key) {
            Ok(texts) => texts.join(", "),
            Err(error) => error.to_string(),
        };
        let database = match self.side {
            Side::Source => "the source",
            Side::Target => "the target",
        };
        DatabaseError::Answer {
            step: format!("reading the keys of {}", self.reading.table),
            database: database.to_owned(),
            detail: format!("`{}` comes after `{}`", text(key), text(before)),
        }
    }
}

impl fmt::Debug for Cursor<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Cursor")
            .field("side", &self.side)
            .field("at", &self.at)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

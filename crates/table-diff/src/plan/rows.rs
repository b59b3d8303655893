//! All rows of a plan, in order, with the proof at the end.

use bytes::{Buf as _, BytesMut};
use cloud_store::ObjectStream;
use futures_util::TryStreamExt as _;

use super::ledger::Ledger;
use super::{Line, PlanError, PlanRow, Summary, summary};

/// No line is longer: a row of 1,600 columns of the longest shown cells has some 26 MB on both sides.
const LINE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How the last line begins, and no other.
const SEAL: &[u8] = b"{\"digest\":";

/// All rows of a plan, in order. What it gives is only proven when it has ended: whoever writes rows somewhere must not commit
/// them before.
pub struct PlanRows {
    object: String,
    stream: ObjectStream,
    buffer: BytesMut,
    /// How much of the buffer is known to hold no line's end.
    searched: usize,
    /// `None` after the last line.
    ledger: Option<Ledger>,
    proven: bool,
    expected: Summary,
}

impl PlanRows {
    pub(super) fn new(object: String, stream: ObjectStream, expected: Summary) -> Self {
        Self {
            object,
            stream,
            buffer: BytesMut::new(),
            searched: 0,
            ledger: Some(Ledger::default()),
            proven: false,
            expected,
        }
    }

    /// The next row with the number of its table; `None` once all is read and proven.
    ///
    /// # Errors
    /// The store fails, or the plan is cut, changed, of another format, or not the one of its summary.
    pub async fn next(&mut self) -> Result<Option<(usize, PlanRow)>, PlanError> {
        while !self.proven {
            let Some(bytes) = self.line().await? else {
                return Err(PlanError::Cut {
                    object: self.object.clone(),
                    bytes: self.position() + self.buffer.len() as u64,
                });
            };
            if bytes.starts_with(SEAL) {
                self.prove(&bytes).await?;
                self.proven = true;
            } else if let Some(row) = self.take(&bytes)? {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// Adds a line to what was read; answers the row that it is.
    fn take(&mut self, bytes: &[u8]) -> Result<Option<(usize, PlanRow)>, PlanError> {
        let at = self.position();
        let line: Line = serde_json::from_slice(bytes)
            .map_err(|error| self.changed(format!("byte {at}: {error}")))?;
        if let Line::Plan(header) = &line {
            summary::check_format(&self.object, header.format)?;
        }
        let Some(ledger) = &mut self.ledger else {
            return Err(self.changed("it goes on behind its last line".to_owned()));
        };
        let added = ledger.add(&line, bytes);
        let table = ledger.table();
        added.map_err(|error| self.changed(error.to_string()))?;
        Ok(match line {
            Line::Row(row) => table.map(|table| (table, row)),
            Line::Plan(_) | Line::Table(_) | Line::End(_) => None,
        })
    }

    /// At which byte the next line begins.
    fn position(&self) -> u64 {
        self.ledger.as_ref().map_or(0, Ledger::bytes)
    }

    /// The next line with its end; `None` where the object ends before.
    async fn line(&mut self) -> Result<Option<BytesMut>, PlanError> {
        loop {
            if let Some(at) = memchr::memchr(b'\n', &self.buffer[self.searched..]) {
                let line = self.buffer.split_to(self.searched + at + 1);
                self.searched = 0;
                return Ok(Some(line));
            }
            self.searched = self.buffer.len();
            if self.searched > LINE_BYTES_MAX {
                return Err(self.changed(format!("a line is longer than {LINE_BYTES_MAX} bytes")));
            }
            match self.stream.try_next().await? {
                Some(chunk) => self.buffer.extend_from_slice(&chunk),
                None => return Ok(None),
            }
        }
    }

    /// Holds what was read against the last line and the summary.
    async fn prove(&mut self, line: &[u8]) -> Result<(), PlanError> {
        let ledger = self.ledger.take().unwrap_or_default();
        let (seal, summary) = ledger
            .seal()
            .map_err(|error| self.changed(error.to_string()))?;
        if seal != line {
            return Err(self.changed("its digest or its index is another".to_owned()));
        }
        if summary != self.expected {
            return Err(self.changed("its summary is of another plan".to_owned()));
        }
        while !self.buffer.has_remaining() {
            match self.stream.try_next().await? {
                Some(chunk) => self.buffer.extend_from_slice(&chunk),
                None => return Ok(()),
            }
        }
        Err(self.changed("it goes on behind its last line".to_owned()))
    }

    fn changed(&self, detail: String) -> PlanError {
        PlanError::Changed {
            object: self.object.clone(),
            detail,
        }
    }
}

impl std::fmt::Debug for PlanRows {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("PlanRows")
            .field("object", &self.object)
            .field("ledger", &self.ledger)
            .finish_non_exhaustive()
    }
}

//! Plans as they are written.

use super::ledger::Ledger;
use super::{Header, Line, PlanError, PlanRow, PlanTable, Sink, Summary, TableEnd, canonical};

/// How many bytes are gathered before they are handed to the sink.
const BUFFER_BYTES: usize = 64 * 1024;

/// A plan that is being written, in the memory of a few rows.
#[derive(Debug)]
pub struct PlanWriter<S> {
    sink: S,
    buffer: Vec<u8>,
    ledger: Ledger,
}

impl<S: Sink> PlanWriter<S> {
    /// Begins a plan.
    ///
    /// # Errors
    /// The sink takes nothing.
    pub async fn begin(sink: S, header: Header) -> Result<Self, PlanError> {
        let mut writer = Self {
            sink,
            buffer: Vec::with_capacity(BUFFER_BYTES),
            ledger: Ledger::default(),
        };
        writer.write(&Line::Plan(header)).await?;
        Ok(writer)
    }

    /// Begins a table. One that is blocked has neither rows nor an end.
    ///
    /// # Errors
    /// The sink takes nothing, the table before has not ended, or one of the same name was there.
    pub async fn table(&mut self, table: PlanTable) -> Result<(), PlanError> {
        self.write(&Line::Table(table)).await
    }

    /// Adds the next row of the table, in the order of the keys, and answers its number.
    ///
    /// # Errors
    /// The sink takes nothing, or no table is open.
    pub async fn row(&mut self, mut row: PlanRow) -> Result<u64, PlanError> {
        let number = self.ledger.next_row();
        row.n = number;
        self.write(&Line::Row(row)).await?;
        Ok(number)
    }

    /// Ends the table.
    ///
    /// # Errors
    /// The sink takes nothing, another table is open, or its rows are not those that were counted.
    pub async fn end(&mut self, end: TableEnd) -> Result<(), PlanError> {
        self.write(&Line::End(end)).await
    }

    /// Writes the last line, and gives the sink back for its own end. The plan is published by putting its summary beside it.
    ///
    /// # Errors
    /// The sink takes nothing, or a table of the header is missing.
    pub async fn finish(mut self) -> Result<(S, Summary), PlanError> {
        let (line, summary) = self.ledger.seal()?;
        self.buffer.extend_from_slice(&line);
        self.sink.write(self.buffer.into()).await?;
        Ok((self.sink, summary))
    }

    async fn write(&mut self, line: &Line) -> Result<(), PlanError> {
        let bytes = canonical::line_bytes(line);
        self.ledger.add(line, &bytes)?;
        self.buffer.extend_from_slice(&bytes);
        if self.buffer.len() >= BUFFER_BYTES {
            let full = std::mem::replace(&mut self.buffer, Vec::with_capacity(BUFFER_BYTES));
            self.sink.write(full.into()).await?;
        }
        Ok(())
    }
}

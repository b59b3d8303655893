//! Rows on their way into temporary tables, by COPY.

use std::pin::Pin;

use bytes::Bytes;
use futures_util::SinkExt as _;
use tokio_postgres::{Client, CopyInSink, Statement};

use super::fault;
use crate::csv::{Form, write_row};
use crate::statements::Statements;
use crate::{LoadError, Table};

/// A table's rows are sent in pieces of this size: large enough that a switch to another table costs little,
/// small enough that a parent with ten children stays below 3 MiB.
const PIECE_BYTES: usize = 256 * 1024;

/// One COPY ends after this many bytes: a server tells what is wrong with a row only at the end of its COPY.
const COPY_BYTES: usize = 8 * 1024 * 1024;

/// The rows of all tables on their way; one connection carries one COPY at a time.
pub(super) struct Staging {
    tables: Vec<StagedTable>,
    open: Option<OpenCopy>,
}

struct StagedTable {
    name: String,
    forms: Vec<Form>,
    copy: Statement,
    buffer: Vec<u8>,
    written: u64,
}

struct OpenCopy {
    table: usize,
    sink: Pin<Box<CopyInSink<Bytes>>>,
    bytes: usize,
}

impl Staging {
    pub(super) fn new() -> Self {
        Self {
            tables: Vec::new(),
            open: None,
        }
    }

    /// Makes the staging table of `statements`, whose columns are of `types`.
    pub(super) async fn add(
        &mut self,
        client: &Client,
        statements: &Statements,
        types: impl Iterator<Item = &'static str>,
        forms: Vec<Form>,
        name: &str,
    ) -> Result<(), LoadError> {
        let step = |error| fault::database(format!("making the staging table of {name}"), error);
        client
            .batch_execute(&statements.create_stage(types))
            .await
            .map_err(step)?;
        let columns = statements.columns().join(", ");
        let copy = format!(
            "COPY {} ({columns}) FROM STDIN (FORMAT csv)",
            statements.stage()
        );
        let copy = client.prepare(&copy).await.map_err(step)?;
        self.tables.push(StagedTable {
            name: name.to_owned(),
            forms,
            copy,
            buffer: Vec::new(),
            written: 0,
        });
        Ok(())
    }

    /// Adds a row to the table at `index`.
    pub(super) async fn write(
        &mut self,
        client: &Client,
        index: usize,
        table: &Table,
        row: &[Option<&str>],
    ) -> Result<(), LoadError> {
        let staged = &mut self.tables[index];
        write_row(
            table,
            &staged.forms,
            row,
            staged.written + 1,
            &mut staged.buffer,
        )?;
        staged.written += 1;
        if staged.buffer.len() >= PIECE_BYTES {
            self.send(client, index).await?;
        }
        Ok(())
    }

    /// Sends what is left; answers how many rows each table was given.
    pub(super) async fn finish(&mut self, client: &Client) -> Result<Vec<u64>, LoadError> {
        for index in 0..self.tables.len() {
            self.send(client, index).await?;
        }
        self.end_copy().await?;
        Ok(self.tables.iter().map(|table| table.written).collect())
    }

    async fn send(&mut self, client: &Client, index: usize) -> Result<(), LoadError> {
        let piece = std::mem::take(&mut self.tables[index].buffer);
        if piece.is_empty() {
            return Ok(());
        }
        if self
            .open
            .as_ref()
            .is_none_or(|open| open.table != index || open.bytes >= COPY_BYTES)
        {
            self.end_copy().await?;
            self.open = Some(self.begin_copy(client, index).await?);
        }
        if let Some(open) = &mut self.open {
            open.bytes += piece.len();
            if open.sink.send(Bytes::from(piece)).await.is_err() {
                // The sink knows only that the line is closed; the end of the COPY tells why.
                self.end_copy().await?;
            }
        }
        Ok(())
    }

    async fn begin_copy(&self, client: &Client, index: usize) -> Result<OpenCopy, LoadError> {
        let staged = &self.tables[index];
        let sink = client
            .copy_in(&staged.copy)
            .await
            .map_err(|error| staging(&staged.name, error))?;
        Ok(OpenCopy {
            table: index,
            sink: Box::pin(sink),
            bytes: 0,
        })
    }

    async fn end_copy(&mut self) -> Result<(), LoadError> {
        if let Some(mut open) = self.open.take() {
            let name = &self.tables[open.table].name;
            open.sink
                .as_mut()
                .finish()
                .await
                .map_err(|error| staging(name, error))?;
        }
        Ok(())
    }
}

fn staging(table: &str, error: tokio_postgres::Error) -> LoadError {
    fault::database(format!("staging the rows of table {table}"), error)
}

//! What brings the old rows back: `undo.jsonl`.
//!
//! Line 1 is the head, then for each table a line `{"table": …}` and a line `{"change": …}` for each row, last `{"end": …}`.
//! The SHA-256 of all of it is in `result.json`, so that nothing is undone by a file that was edited or cut.

use std::collections::BTreeSet;

use cloud_store::{ObjectStream, Put, Store, Upload};
use function_core::Sha256;
use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use table_diff::plan::fingerprint;
use table_diff::{Change, Identity, Reading, Table};

use crate::error::SyncError;
use crate::plans::object;

/// The version of the format.
const FORMAT: u32 = 1;

/// How many bytes are handed to the store together.
const CHUNK: usize = 256 * 1024;

/// What the file is of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct UndoHead {
    /// The version of the format.
    format: u32,
    /// The plan.
    plan: String,
    /// The database whose rows they are.
    pub(crate) target: Identity,
}

/// A table whose changes follow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct UndoTable {
    pub(crate) reading: Reading,
    /// The columns that updates change.
    pub(crate) changed: BTreeSet<String>,
    /// The table's structure.
    pub(crate) fingerprint: String,
}

/// The digest of the structure that an undo finds again. Foreign keys are no part of it: what hangs below rows is counted when it is undone, and a key
/// that the role that reads was not shown may be by then.
pub(crate) fn fingerprint_of(table: &Table) -> String {
    fingerprint(&Table {
        references: Vec::new(),
        referenced_by: Vec::new(),
        below: Vec::new(),
        ..table.clone()
    })
}

/// A line of the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum UndoLine {
    /// The first one.
    Undo(UndoHead),
    /// The changes of a table follow.
    Table(Box<UndoTable>),
    /// One row.
    Change(Change),
    /// The last one, with the number of changes.
    End(u64),
}

/// Writes the file.
pub(crate) struct UndoWriter {
    upload: Upload,
    waiting: Vec<u8>,
    sha256: Sha256,
    changes: u64,
}

impl UndoWriter {
    /// Begins the file in the plan's `folder`.
    pub(crate) async fn begin(
        folder: &Store,
        plan: &str,
        target: &Identity,
    ) -> Result<Self, SyncError> {
        // An attempt that did not commit may have left one.
        let put = Put::new("application/jsonl");
        let mut writer = Self {
            upload: folder.upload(object::UNDO, &put).await?,
            waiting: Vec::new(),
            sha256: Sha256::default(),
            changes: 0,
        };
        let head = UndoHead {
            format: FORMAT,
            plan: plan.to_owned(),
            target: target.clone(),
        };
        writer.line(&UndoLine::Undo(head)).await?;
        Ok(writer)
    }

    /// The changes of `table` follow.
    pub(crate) async fn table(&mut self, table: UndoTable) -> Result<(), SyncError> {
        self.line(&UndoLine::Table(Box::new(table))).await
    }

    /// Adds a row.
    pub(crate) async fn change(&mut self, change: Change) -> Result<(), SyncError> {
        self.changes += 1;
        self.line(&UndoLine::Change(change)).await
    }

    /// Closes the file, and gives its SHA-256.
    pub(crate) async fn finish(mut self) -> Result<String, SyncError> {
        self.line(&UndoLine::End(self.changes)).await?;
        self.upload.write(self.waiting).await?;
        self.upload.finish().await?;
        Ok(digest(self.sha256))
    }

    async fn line(&mut self, line: &UndoLine) -> Result<(), SyncError> {
        let start = self.waiting.len();
        serde_json::to_writer(&mut self.waiting, line).map_err(|source| SyncError::Unreadable {
            object: object::UNDO.to_owned(),
            source,
        })?;
        self.waiting.push(b'\n');
        self.sha256.update(&self.waiting[start..]);
        if self.waiting.len() > CHUNK {
            self.upload.write(std::mem::take(&mut self.waiting)).await?;
        }
        Ok(())
    }
}

/// Reads the file.
pub(crate) struct UndoReader {
    object: String,
    stream: ObjectStream,
    waiting: Vec<u8>,
    /// What is handed out already, in `waiting`.
    at: usize,
    sha256: Sha256,
}

impl UndoReader {
    /// Opens the file in the plan's `folder`.
    pub(crate) async fn open(folder: &Store) -> Result<Self, SyncError> {
        let (_, stream) = folder.get(object::UNDO).await?;
        Ok(Self {
            object: folder.url(object::UNDO),
            stream,
            waiting: Vec::new(),
            at: 0,
            sha256: Sha256::default(),
        })
    }

    /// The next line; `None` at the end of the file.
    pub(crate) async fn next(&mut self) -> Result<Option<UndoLine>, SyncError> {
        loop {
            let rest = &self.waiting[self.at..];
            if let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                let line = serde_json::from_slice(&rest[..end]);
                self.at += end + 1;
                return line.map(Some).map_err(|source| SyncError::Unreadable {
                    object: self.object.clone(),
                    source,
                });
            }
            let Some(chunk) = self.stream.try_next().await? else {
                return Ok(None);
            };
            self.sha256.update(&chunk);
            self.waiting.drain(..self.at);
            self.at = 0;
            self.waiting.extend_from_slice(&chunk);
        }
    }

    /// Refuses a file that is not the `recorded` one. To be asked once all lines are read, and before anything lasts.
    pub(crate) fn check(self, recorded: &str) -> Result<(), SyncError> {
        let is = digest(self.sha256);
        if is == recorded {
            return Ok(());
        }
        Err(SyncError::Edited {
            object: self.object,
            recorded: recorded.to_owned(),
            is,
        })
    }
}

fn digest(sha256: Sha256) -> String {
    format!("sha256:{}", sha256.finish_hex())
}

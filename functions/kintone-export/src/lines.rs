//! Reading a saved generation's lines back from the store.

use std::collections::VecDeque;

use cloud_store::{ObjectStream, Store};
use futures_util::TryStreamExt as _;
use kintone_format::LineReader;

use crate::error::ExportError;

/// The lines of a saved object, one after the other, in constant memory.
pub(crate) struct SavedLines {
    object: String,
    stream: ObjectStream,
    /// Gone once the stream has ended.
    reader: Option<LineReader>,
    lines: VecDeque<String>,
}

impl SavedLines {
    /// Opens the object `key`.
    pub(crate) async fn open(store: &Store, key: &str) -> Result<Self, ExportError> {
        let (_, stream) = store.get(key).await?;
        let reader = Some(LineReader::new());
        Ok(Self {
            object: store.url(key),
            stream,
            reader,
            lines: VecDeque::new(),
        })
    }

    /// The next line, or `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<String>, ExportError> {
        loop {
            if let Some(line) = self.lines.pop_front() {
                return Ok(Some(line));
            }
            let Some(mut reader) = self.reader.take() else {
                return Ok(None);
            };
            let lines = match self.stream.try_next().await? {
                Some(chunk) => {
                    let lines = reader.push(&chunk);
                    self.reader = Some(reader);
                    lines
                }
                None => reader.finish(),
            };
            self.lines = lines
                .map_err(|source| ExportError::Damaged {
                    object: self.object.clone(),
                    source,
                })?
                .into();
        }
    }
}

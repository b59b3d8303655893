//! The lines of a saved object.

use std::collections::VecDeque;

use bytes::Bytes;
use cloud_store::Store;
use function_core::ObjectEntry;

use super::ReadError;
use super::sealed::Sealed;
use crate::attachment::Attachment;
use crate::lines::LineReader;

/// Packed bytes that are unpacked at once: records that are alike become fifty times as many.
const UNPACKED_AT_ONCE: usize = 16 * 1024;

/// The lines of a saved object, one after the other, in constant memory.
#[derive(Debug)]
pub struct Lines {
    object: String,
    sealed: Sealed,
    /// What is read, but not unpacked yet.
    packed: Bytes,
    /// Gone once the stream has ended.
    reader: Option<LineReader>,
    ready: VecDeque<String>,
    read: u64,
    /// How many lines there must be, as the manifest says in one place or two.
    expected: Vec<u64>,
}

impl Lines {
    pub(super) async fn open(
        folder: &Store,
        entry: &ObjectEntry,
        count: Option<u64>,
    ) -> Result<Self, ReadError> {
        Ok(Self {
            object: folder.url(&entry.name),
            sealed: Sealed::open(folder, entry).await?,
            packed: Bytes::new(),
            reader: Some(LineReader::new()),
            ready: VecDeque::new(),
            read: 0,
            expected: entry.rows.into_iter().chain(count).collect(),
        })
    }

    /// The next line, or `None` at the end, once everything was found to be as the manifest says.
    ///
    /// # Errors
    /// The store was interrupted, or the object is not what was saved.
    pub async fn next(&mut self) -> Result<Option<String>, ReadError> {
        loop {
            if let Some(line) = self.ready.pop_front() {
                self.read += 1;
                return Ok(Some(line));
            }
            let Some(mut reader) = self.reader.take() else {
                self.check_count()?;
                return Ok(None);
            };
            while self.packed.is_empty() {
                let Some(chunk) = self.sealed.next().await? else {
                    break;
                };
                self.packed = chunk;
            }
            let lines = if self.packed.is_empty() {
                reader.finish()
            } else {
                let piece = self.packed.len().min(UNPACKED_AT_ONCE);
                let lines = reader.push(&self.packed.split_to(piece));
                self.reader = Some(reader);
                lines
            };
            self.ready = lines
                .map_err(|source| ReadError::Lines {
                    object: self.object.clone(),
                    source,
                })?
                .into();
        }
    }

    fn check_count(&self) -> Result<(), ReadError> {
        match self
            .expected
            .iter()
            .find(|expected| **expected != self.read)
        {
            None => Ok(()),
            Some(expected) => Err(ReadError::Damaged {
                object: self.object.clone(),
                reason: format!("it has {} lines, the manifest says {expected}", self.read),
            }),
        }
    }
}

/// Which record, field and row holds which file, in the order of the records.
#[derive(Debug)]
pub struct Attachments(Lines);

impl Attachments {
    pub(super) fn new(lines: Lines) -> Self {
        Self(lines)
    }

    /// The next one, or `None` at the end.
    ///
    /// # Errors
    /// As [`Lines::next`]; also a line that is no attachment.
    pub async fn next(&mut self) -> Result<Option<Attachment>, ReadError> {
        let Some(line) = self.0.next().await? else {
            return Ok(None);
        };
        let attachment = serde_json::from_str(&line);
        attachment.map(Some).map_err(|source| ReadError::NotJson {
            object: self.0.object.clone(),
            source,
        })
    }
}

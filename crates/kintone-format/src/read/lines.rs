//! The lines of a saved object.

use std::collections::VecDeque;

use bytes::Bytes;
use cloud_store::Store;
use function_core::ObjectEntry;

use super::ReadError;
use super::sealed::Sealed;
use crate::aside::Aside;
use crate::attachment::Attachment;
use crate::lines::{LineError, LineReader};

/// Packed bytes that are unpacked at once: records that are alike become fifty times as many.
const UNPACKED_AT_ONCE: usize = 8 * 1024;

/// The lines of a saved object, one after the other, in constant memory.
///
/// While the lines of one piece are used, those of the next are unpacked [aside](Aside).
#[derive(Debug)]
pub struct Lines {
    object: String,
    sealed: Sealed,
    /// What is read, but not unpacked yet.
    packed: Bytes,
    unpacking: Unpacking,
    ready: VecDeque<String>,
    read: u64,
    /// How many lines there must be, as the manifest says in one place or two.
    expected: Vec<u64>,
}

/// Where unpacking is.
#[derive(Debug)]
enum Unpacking {
    AtStart(Box<LineReader>),
    /// The next piece is under way.
    Ahead(Aside<Unpacked>),
    Over,
}

/// The lines of a piece, and the reader for the next one, if any can follow.
type Unpacked = (Result<Vec<String>, LineError>, Option<Box<LineReader>>);

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
            unpacking: Unpacking::AtStart(Box::default()),
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
            match std::mem::replace(&mut self.unpacking, Unpacking::Over) {
                Unpacking::AtStart(reader) => self.begin(reader).await?,
                Unpacking::Ahead(piece) => self.take(piece.end().await).await?,
                Unpacking::Over => {
                    self.check_count()?;
                    return Ok(None);
                }
            }
        }
    }

    async fn take(&mut self, (lines, reader): Unpacked) -> Result<(), ReadError> {
        let lines = lines.map_err(|source| ReadError::Lines {
            object: self.object.clone(),
            source,
        })?;
        self.ready = lines.into();
        match reader {
            Some(reader) => self.begin(reader).await,
            None => Ok(()),
        }
    }

    /// Begins to unpack the next piece, or ends the object.
    async fn begin(&mut self, mut reader: Box<LineReader>) -> Result<(), ReadError> {
        while self.packed.is_empty() {
            let Some(chunk) = self.sealed.next().await? else {
                let end = Aside::begin(move || (reader.finish(), None));
                self.unpacking = Unpacking::Ahead(end);
                return Ok(());
            };
            self.packed = chunk;
        }
        let length = self.packed.len().min(UNPACKED_AT_ONCE);
        let piece = self.packed.split_to(length);
        let unpacked = Aside::begin(move || (reader.push(&piece), Some(reader)));
        self.unpacking = Unpacking::Ahead(unpacked);
        Ok(())
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

//! Data files as lines: some at a time, in bounded memory, each checked at its end.

mod plain;

use std::path::Path;

use bytes::Bytes;
use cloud_store::ObjectStream;
use dynamodb_format::{DataReader, DataTotals, FormatError};
use futures_util::StreamExt as _;

use crate::error::RestoreError;
use crate::segment::Segment;
use crate::source::DataObject;
use plain::PlainReader;

/// How many compressed bytes of a file are unpacked before the next file has its turn: some hundred items.
const TURN_BYTES: usize = 4 * 1024;

/// How packed files begin.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Takes the lines of a lane.
pub(crate) trait Sink {
    /// Takes the line of this number, from 1.
    fn line(
        &mut self,
        number: u64,
        bytes: &[u8],
    ) -> impl Future<Output = Result<(), RestoreError>> + Send;

    /// Whether this invocation must end: no more lines are handed on then.
    fn is_late(&self) -> bool {
        false
    }
}

/// A segment of a data file that is being read.
pub(crate) struct Lane<'a> {
    file: &'a DataObject,
    stream: ObjectStream,
    /// What was received and not yet unpacked.
    chunk: Bytes,
    /// Stored bytes that were unpacked.
    taken: u64,
    reader: Option<Reader>,
    feed: Feed,
}

enum Reader {
    Packed(Box<DataReader>),
    Plain(PlainReader),
}

/// Whether there is more in a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    More,
    /// There is more, but the sink takes no more. The lane must be opened again.
    Late,
    /// The segment is read; where it reaches the file's end, the file is what the manifest tells.
    Ended,
}

impl<'a> Lane<'a> {
    /// Opens the file of `segment`; lines up to `settled` are only read, not handed on.
    ///
    /// # Errors
    /// The file is nowhere, or can't be read.
    pub(crate) async fn open(
        file: &'a DataObject,
        segment: Segment,
        settled: u64,
    ) -> Result<Self, RestoreError> {
        let (object, stream) = file.open().await?;
        Ok(Self {
            file,
            stream,
            chunk: Bytes::new(),
            taken: 0,
            reader: None,
            feed: Feed {
                object,
                skip: settled.max(segment.from - 1),
                to: segment.to,
                last: 0,
            },
        })
    }

    /// Reads on a little, and hands the lines on.
    ///
    /// # Errors
    /// The file is damaged, or the sink's.
    pub(crate) async fn turn(&mut self, sink: &mut impl Sink) -> Result<Turn, RestoreError> {
        if self.chunk.is_empty() {
            match self.stream.next().await {
                Some(chunk) => self.chunk = chunk?,
                None => return self.end(sink).await,
            }
        }
        let piece = self.chunk.split_to(self.chunk.len().min(TURN_BYTES));
        self.taken += piece.len() as u64;
        let Self { reader, feed, .. } = self;
        let reader = reader.get_or_insert_with(|| Reader::of(&piece, &feed.object));
        match reader {
            Reader::Packed(reader) => {
                let mut lines = reader.push(&piece);
                while let Some(line) = lines
                    .next_line()
                    .map_err(|source| unreadable(&feed.object, source))?
                {
                    match feed.line(sink, line.number, line.bytes).await? {
                        Turn::More => {}
                        turn => return Ok(turn),
                    }
                }
            }
            Reader::Plain(reader) => {
                reader
                    .push(&piece)
                    .map_err(|source| unreadable(&feed.object, source))?;
                while let Some((number, line)) = reader.next_line() {
                    match feed.line(sink, number, &line).await? {
                        Turn::More => {}
                        turn => return Ok(turn),
                    }
                }
            }
        }
        Ok(Turn::More)
    }

    async fn end(&mut self, sink: &mut impl Sink) -> Result<Turn, RestoreError> {
        let Self {
            file, reader, feed, ..
        } = self;
        let reader = reader.get_or_insert_with(|| Reader::of(&[], &feed.object));
        match reader {
            Reader::Packed(reader) => {
                let (totals, line) = reader
                    .finish()
                    .map_err(|source| unreadable(&feed.object, source))?;
                if let Some(line) = line
                    && feed.line(sink, line.number, line.bytes).await? == Turn::Late
                {
                    return Ok(Turn::Late);
                }
                check(file, &feed.object, &totals)?;
            }
            Reader::Plain(reader) => {
                if let Some((number, line)) = reader.last_line()
                    && feed.line(sink, number, &line).await? == Turn::Late
                {
                    return Ok(Turn::Late);
                }
            }
        }
        Ok(Turn::Ended)
    }

    /// The address of the file.
    pub(crate) fn object(&self) -> &str {
        &self.feed.object
    }

    /// Bytes of the file, as stored, that were read so far.
    pub(crate) fn taken(&self) -> u64 {
        self.taken
    }

    /// The last line that was handed on; 0 for none.
    pub(crate) fn last(&self) -> u64 {
        self.feed.last
    }
}

/// Hands those lines of a file on that are meant.
struct Feed {
    /// The file's address.
    object: String,
    /// Lines up to this one are read, but not handed on.
    skip: u64,
    /// The last line that is meant; `None` for the file's last.
    to: Option<u64>,
    /// The last line that was handed on.
    last: u64,
}

impl Feed {
    async fn line(
        &mut self,
        sink: &mut impl Sink,
        number: u64,
        bytes: &[u8],
    ) -> Result<Turn, RestoreError> {
        if self.to.is_some_and(|to| number > to) {
            return Ok(Turn::Ended);
        }
        if number > self.skip && !bytes.trim_ascii().is_empty() {
            if sink.is_late() {
                return Ok(Turn::Late);
            }
            sink.line(number, bytes)
                .await
                .map_err(|error| self.named(number, error))?;
            self.last = number;
        }
        Ok(if self.to == Some(number) {
            Turn::Ended
        } else {
            Turn::More
        })
    }

    /// A fault of a line names its file.
    fn named(&self, line: u64, error: RestoreError) -> RestoreError {
        match error {
            RestoreError::Unreadable { object, source } if object.is_empty() => {
                RestoreError::Unreadable {
                    object: self.object.clone(),
                    source: FormatError::Line {
                        line,
                        source: Box::new(source),
                    },
                }
            }
            error => error,
        }
    }
}

/// A line that is no record, for a lane to say where.
pub(crate) fn bad_line(source: FormatError) -> RestoreError {
    unreadable("", source)
}

fn unreadable(object: &str, source: FormatError) -> RestoreError {
    RestoreError::Unreadable {
        object: object.to_owned(),
        source,
    }
}

fn check(file: &DataObject, object: &str, totals: &DataTotals) -> Result<(), RestoreError> {
    if let Some(expected) = file.md5.filter(|expected| *expected != totals.md5) {
        return Err(RestoreError::Checksum {
            object: object.to_owned(),
            expected: expected.to_string(),
            found: totals.md5.to_string(),
        });
    }
    match file.lines {
        Some(expected) if expected != totals.lines => Err(RestoreError::Lines {
            object: object.to_owned(),
            expected,
            found: totals.lines,
        }),
        _ => Ok(()),
    }
}

impl Reader {
    /// The reader of what begins with `start`. Without a byte of it only the name tells: packed, it would be cut off.
    fn of(start: &[u8], object: &str) -> Self {
        let is_packed = match start {
            [] => Path::new(object)
                .extension()
                .is_none_or(|ending| ending != "json"),
            start => GZIP.starts_with(&start[..start.len().min(2)]),
        };
        if is_packed {
            Self::Packed(Box::default())
        } else {
            Self::Plain(PlainReader::default())
        }
    }
}

//! A data file's lines, one at a time.

use std::ops::Range;

use super::{BUFFER_BYTES, DataTotals};
use crate::gzip::Gzip;
use crate::{Change, FormatError, Item};

/// The longest line that is read, in bytes: 40 MiB. Longer ones are an error, not an allocation.
///
/// An item is at most 400 KiB as stored. What grows most in JSON is a list of numbers such as 1E125: 3
/// bytes each as stored, up to 142 as `{"N":"1000…"},`, so 18.5 MiB an item. A record of an
/// incremental export holds two images, and keys of at most 3 KiB.
///
/// **Source**: Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats".
pub const LINE_BYTES_MAX: usize = 40 * 1024 * 1024;

/// Unpacks the lines of a data file that arrives in chunks, and hashes and counts it on the way.
///
/// It holds one line and at least 64 KiB; a chunk is inflated as its lines are taken.
///
/// ```text
/// while let Some(chunk) = stream.try_next().await? {
///     let mut lines = reader.push(&chunk);
///     while let Some(line) = lines.next_line()? {
///         send(line.item()?).await?;
///     }
/// }
/// let (totals, last_line) = reader.finish()?;
/// ```
#[derive(Debug)]
pub struct DataReader {
    gzip: Gzip,
    buffer: Vec<u8>,
    /// What is inflated and not handed out, within `buffer`.
    rest: Range<usize>,
    /// How much of `rest` is known to hold no line feed.
    searched: usize,
    /// The lines handed out.
    lines: u64,
    /// A chunk was pushed and its lines were not all taken.
    is_untaken: bool,
}

/// One line of a data file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'reader> {
    /// Its number in the file, from 1.
    pub number: u64,
    /// The line without its line feed.
    pub bytes: &'reader [u8],
}

/// The lines that a chunk completes. Take all of them before the next chunk.
#[derive(Debug)]
pub struct Lines<'chunk> {
    reader: &'chunk mut DataReader,
    chunk: &'chunk [u8],
    /// The lines of an earlier chunk were left behind.
    is_late: bool,
}

impl Default for DataReader {
    fn default() -> Self {
        Self::new()
    }
}

impl DataReader {
    /// A reader at the start of a data file.
    pub fn new() -> Self {
        Self {
            gzip: Gzip::new(),
            buffer: vec![0; BUFFER_BYTES],
            rest: 0..0,
            searched: 0,
            lines: 0,
            is_untaken: false,
        }
    }

    /// Takes the next chunk of the compressed file and gives the lines that it completes.
    pub fn push<'chunk>(&'chunk mut self, chunk: &'chunk [u8]) -> Lines<'chunk> {
        self.gzip.begin(chunk);
        let is_late = std::mem::replace(&mut self.is_untaken, true);
        Lines {
            reader: self,
            chunk,
            is_late,
        }
    }

    /// Ends the file and gives what it was. A last line without line feed is given too; it counts.
    ///
    /// # Errors
    /// The gzip stream is cut off, or not all lines were taken.
    pub fn finish(&mut self) -> Result<(DataTotals, Option<Line<'_>>), FormatError> {
        if self.is_untaken {
            return Err(self.untaken());
        }
        let (compressed_bytes, md5) = self.gzip.finish(self.lines + 1)?;
        let rest = std::mem::replace(&mut self.rest, 0..0);
        let has_last = !rest.is_empty();
        self.lines += u64::from(has_last);
        let totals = DataTotals {
            compressed_bytes,
            md5,
            lines: self.lines,
        };
        let last_line = has_last.then(|| self.line(rest));
        Ok((totals, last_line))
    }

    /// Where the next whole line is.
    fn take_line(&mut self) -> Option<Range<usize>> {
        let unsearched = &self.buffer[self.rest.start + self.searched..self.rest.end];
        let Some(length) = memchr::memchr(b'\n', unsearched) else {
            self.searched = self.rest.len();
            return None;
        };
        let start = self.rest.start;
        let end = start + self.searched + length;
        self.rest.start = end + 1;
        self.searched = 0;
        self.lines += 1;
        Some(start..end)
    }

    fn line(&self, place: Range<usize>) -> Line<'_> {
        Line {
            number: self.lines,
            bytes: &self.buffer[place],
        }
    }

    /// Inflates more of `chunk`; `false` means that there is no more in it.
    fn fill(&mut self, chunk: &mut &[u8]) -> Result<bool, FormatError> {
        self.make_room()?;
        let room = &mut self.buffer[self.rest.end..];
        let length = self.gzip.inflate(chunk, room, self.lines + 1)?;
        self.rest.end += length;
        Ok(length > 0)
    }

    /// Moves the begun line to the front, and doubles a buffer that it fills.
    fn make_room(&mut self) -> Result<(), FormatError> {
        let length = self.rest.len();
        if length > LINE_BYTES_MAX {
            return Err(FormatError::LongLine {
                line: self.lines + 1,
            });
        }
        if self.rest.start > 0 {
            self.buffer.copy_within(self.rest.clone(), 0);
            self.rest = 0..length;
        }
        if length == self.buffer.len() {
            self.buffer.resize((2 * length).min(LINE_BYTES_MAX + 1), 0);
        }
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn buffer_bytes(&self) -> usize {
        self.buffer.len()
    }

    fn untaken(&self) -> FormatError {
        FormatError::Untaken { line: self.lines }
    }
}

impl Lines<'_> {
    /// The next line; `None` asks for the next chunk.
    ///
    /// # Errors
    /// The bytes are not gzip, a line is longer than [`LINE_BYTES_MAX`], or lines of an earlier chunk were left behind.
    pub fn next_line(&mut self) -> Result<Option<Line<'_>>, FormatError> {
        if self.is_late {
            return Err(self.reader.untaken());
        }
        loop {
            if let Some(place) = self.reader.take_line() {
                return Ok(Some(self.reader.line(place)));
            }
            if !self.reader.fill(&mut self.chunk)? {
                self.reader.is_untaken = false;
                return Ok(None);
            }
        }
    }
}

impl Line<'_> {
    /// Reads the line as a full export's.
    ///
    /// # Errors
    /// It is no item; the error names the line and the attribute.
    pub fn item(&self) -> Result<Item, FormatError> {
        Item::parse(self.bytes).map_err(|source| self.fault(source))
    }

    /// Reads the line as an incremental export's.
    ///
    /// # Errors
    /// It is no record of a change; the error names the line and the attribute.
    pub fn change(&self) -> Result<Change, FormatError> {
        Change::parse(self.bytes).map_err(|source| self.fault(source))
    }

    fn fault(&self, source: FormatError) -> FormatError {
        FormatError::Line {
            line: self.number,
            source: Box::new(source),
        }
    }
}

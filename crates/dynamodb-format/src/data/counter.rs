//! Counting a data file's lines without looking into them.

use super::{BUFFER_BYTES, DataTotals};
use crate::FormatError;
use crate::gzip::Gzip;

/// Counts and hashes a data file that arrives in chunks, in constant memory however long its lines are.
#[derive(Debug)]
pub struct DataCounter {
    gzip: Gzip,
    buffer: Box<[u8]>,
    lines: u64,
    /// The last byte was not a line feed.
    is_in_line: bool,
}

impl Default for DataCounter {
    fn default() -> Self {
        Self::new()
    }
}

impl DataCounter {
    /// A counter at the start of a data file.
    pub fn new() -> Self {
        Self {
            gzip: Gzip::new(),
            buffer: vec![0; BUFFER_BYTES].into_boxed_slice(),
            lines: 0,
            is_in_line: false,
        }
    }

    /// Takes the next chunk of the compressed file.
    ///
    /// # Errors
    /// The bytes are not gzip.
    pub fn push(&mut self, mut chunk: &[u8]) -> Result<(), FormatError> {
        self.gzip.begin(chunk);
        loop {
            let line = self.lines + 1;
            let length = self.gzip.inflate(&mut chunk, &mut self.buffer, line)?;
            let Some(last) = length.checked_sub(1) else {
                return Ok(());
            };
            let line_feeds = memchr::memchr_iter(b'\n', &self.buffer[..length]).count();
            self.lines += line_feeds as u64;
            self.is_in_line = self.buffer[last] != b'\n';
        }
    }

    /// Ends the file.
    ///
    /// # Errors
    /// The gzip stream is cut off.
    pub fn finish(mut self) -> Result<DataTotals, FormatError> {
        let (compressed_bytes, md5) = self.gzip.finish(self.lines + 1)?;
        Ok(DataTotals {
            compressed_bytes,
            md5,
            lines: self.lines + u64::from(self.is_in_line),
        })
    }
}

//! Inflating a data file that arrives in chunks.

use flate2::{Decompress, FlushDecompress, Status};

use crate::{FormatError, Md5, Md5Hasher};

/// The largest window that gzip allows, as a power of two: 32 KiB.
const WINDOW_BITS: u8 = 15;

/// Inflates a stream of gzip members, and hashes and counts the compressed bytes.
///
/// No member at all is an empty file: DynamoDB documents those for empty partitions.
#[derive(Debug)]
pub(crate) struct Gzip {
    inflate: Decompress,
    /// A member has begun and not ended.
    is_inside: bool,
    compressed_bytes: u64,
    md5: Md5Hasher,
}

impl Gzip {
    pub(crate) fn new() -> Self {
        Self {
            inflate: Decompress::new_gzip(WINDOW_BITS),
            is_inside: false,
            compressed_bytes: 0,
            md5: Md5Hasher::new(),
        }
    }

    /// Hashes and counts `chunk`, which is inflated next.
    pub(crate) fn begin(&mut self, chunk: &[u8]) {
        self.md5.update(chunk);
        self.compressed_bytes += chunk.len() as u64;
    }

    /// Inflates from the front of `input` into `output` and gives the number of bytes there; 0 means
    /// that the next chunk is needed. `line` is told in errors.
    pub(crate) fn inflate(
        &mut self,
        input: &mut &[u8],
        output: &mut [u8],
        line: u64,
    ) -> Result<usize, FormatError> {
        loop {
            if !self.is_inside {
                if input.is_empty() {
                    return Ok(0);
                }
                self.inflate.reset(true);
                self.is_inside = true;
            }
            let before = (self.inflate.total_in(), self.inflate.total_out());
            let status = self
                .inflate
                .decompress(input, output, FlushDecompress::None)
                .map_err(|source| FormatError::Damaged {
                    line,
                    compressed_bytes: self.compressed_bytes,
                    source,
                })?;
            *input = &input[advance(before.0, self.inflate.total_in())..];
            let written = advance(before.1, self.inflate.total_out());
            self.is_inside = status != Status::StreamEnd;
            if written > 0 || (self.is_inside && input.is_empty()) {
                return Ok(written);
            }
        }
    }

    /// Ends the stream: the number of compressed bytes, and their MD5.
    pub(crate) fn finish(&mut self, line: u64) -> Result<(u64, Md5), FormatError> {
        if self.is_inside {
            return Err(FormatError::Cut {
                line,
                compressed_bytes: self.compressed_bytes,
            });
        }
        let md5 = std::mem::take(&mut self.md5);
        Ok((self.compressed_bytes, md5.finish()))
    }
}

/// How far a total went in one call, which is at most a slice's length.
fn advance(before: u64, after: u64) -> usize {
    usize::try_from(after - before).unwrap_or(usize::MAX)
}

//! The lossless lines: a record's JSON as the service told it, one a line, gzip.

use std::io::Write as _;

use flate2::write::MultiGzDecoder;

/// Unpacks lines from a gzip stream that arrives in chunks.
#[derive(Debug)]
pub struct LineReader {
    decoder: MultiGzDecoder<Vec<u8>>,
    /// Unpacked bytes from the last line end on.
    rest: Vec<u8>,
    line: u64,
}

impl Default for LineReader {
    fn default() -> Self {
        Self::new()
    }
}

impl LineReader {
    /// A reader at the start of an object.
    pub fn new() -> Self {
        Self {
            decoder: MultiGzDecoder::new(Vec::new()),
            rest: Vec::new(),
            line: 0,
        }
    }

    /// Takes the next chunk and returns the lines that it completes, without their line ends.
    ///
    /// # Errors
    /// The bytes are not gzip, or a line is not UTF-8.
    pub fn push(&mut self, chunk: &[u8]) -> Result<Vec<String>, LineError> {
        self.decoder
            .write_all(chunk)
            .map_err(|source| LineError::Gzip {
                line: self.line,
                source,
            })?;
        self.take_lines()
    }

    /// Ends the object; a last line without line end is an error, because it may be cut.
    ///
    /// # Errors
    /// The gzip stream or its last line is cut off.
    pub fn finish(mut self) -> Result<Vec<String>, LineError> {
        self.decoder
            .try_finish()
            .map_err(|source| LineError::Gzip {
                line: self.line,
                source,
            })?;
        let lines = self.take_lines()?;
        if self.rest.is_empty() {
            Ok(lines)
        } else {
            Err(LineError::Cut {
                line: self.line + 1,
            })
        }
    }

    fn take_lines(&mut self) -> Result<Vec<String>, LineError> {
        self.rest.append(self.decoder.get_mut());
        let Some(end) = memchr::memrchr(b'\n', &self.rest) else {
            return Ok(Vec::new());
        };
        let mut lines = Vec::new();
        let mut from = 0;
        for to in memchr::memchr_iter(b'\n', &self.rest[..=end]) {
            self.line += 1;
            let line = std::str::from_utf8(&self.rest[from..to]);
            let line = line.map_err(|_| LineError::Text { line: self.line })?;
            lines.push(line.to_owned());
            from = to + 1;
        }
        self.rest.drain(..from);
        Ok(lines)
    }
}

/// A backup's lines can't be read.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The gzip stream is damaged or cut.
    #[error("the gzip stream is damaged after line {line}")]
    Gzip {
        /// The last whole line.
        line: u64,
        /// What is wrong.
        source: std::io::Error,
    },
    /// A line is not UTF-8.
    #[error("line {line} is not UTF-8")]
    Text {
        /// The line's number, from 1.
        line: u64,
    },
    /// The last line has no line end.
    #[error("line {line} is cut off")]
    Cut {
        /// The line's number, from 1.
        line: u64,
    },
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    proptest! {
        #[test]
        fn lines_come_back_however_the_bytes_are_cut(
            lines in proptest::collection::vec("[^\n]{0,40}", 0..50),
            size in 1_usize..200,
        ) {
            let text: String = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
            let mut reader = LineReader::new();
            let mut found = Vec::new();
            for chunk in packed(text.as_bytes()).chunks(size) {
                found.extend(reader.push(chunk).unwrap());
            }
            found.extend(reader.finish().unwrap());
            prop_assert_eq!(found, lines);
        }
    }

    #[test]
    fn a_cut_stream_is_noticed() {
        let whole = packed(b"{}\n{}\n");
        let mut reader = LineReader::new();
        let read = reader
            .push(&whole[..whole.len() - 9])
            .and_then(|_| reader.finish());
        assert!(read.is_err());
    }

    #[test]
    fn a_last_line_without_its_end_is_noticed() {
        let mut reader = LineReader::new();
        reader.push(&packed(b"{}\n{")).unwrap();
        assert!(matches!(reader.finish(), Err(LineError::Cut { line: 2 })));
    }
}

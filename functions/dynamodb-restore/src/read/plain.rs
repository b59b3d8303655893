//! Lines that are not packed, as the article's merged file has them.

use dynamodb_format::{FormatError, LINE_BYTES_MAX};

/// Splits what arrives in chunks into lines.
#[derive(Debug, Default)]
pub(super) struct PlainReader {
    rest: Vec<u8>,
    /// Where the next line begins in `rest`.
    start: usize,
    /// Up to where `rest` has no line feed after `start`.
    searched: usize,
    lines: u64,
}

impl PlainReader {
    /// Takes the next chunk, after the lines of the one before were taken.
    ///
    /// # Errors
    /// A line is longer than any record.
    pub(super) fn push(&mut self, chunk: &[u8]) -> Result<(), FormatError> {
        self.rest.drain(..std::mem::take(&mut self.start));
        self.searched = self.rest.len();
        if self.searched > LINE_BYTES_MAX {
            return Err(FormatError::LongLine {
                line: self.lines + 1,
            });
        }
        self.rest.extend_from_slice(chunk);
        Ok(())
    }

    /// The next whole line and its number, from 1.
    pub(super) fn next_line(&mut self) -> Option<(u64, Vec<u8>)> {
        let unsearched = &self.rest[self.searched..];
        let Some(length) = unsearched.iter().position(|byte| *byte == b'\n') else {
            self.searched = self.rest.len();
            return None;
        };
        let end = self.searched + length;
        let line = self.rest[self.start..end].to_vec();
        self.start = end + 1;
        self.searched = self.start;
        self.lines += 1;
        Some((self.lines, line))
    }

    /// The last line, where it lacks its line feed.
    pub(super) fn last_line(&mut self) -> Option<(u64, Vec<u8>)> {
        let line = self.rest.split_off(self.start);
        (!line.is_empty()).then(|| (self.lines + 1, line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_whole_whatever_the_chunks() {
        for size in 1..8 {
            let mut reader = PlainReader::default();
            let mut found = Vec::new();
            for chunk in b"a\n\nbcd\nlast".chunks(size) {
                reader.push(chunk).unwrap();
                while let Some(line) = reader.next_line() {
                    found.push(line);
                }
            }
            found.extend(reader.last_line());
            let lines: Vec<(u64, &[u8])> = found
                .iter()
                .map(|(number, line)| (*number, line.as_slice()))
                .collect();
            let expected: [(u64, &[u8]); 4] = [(1, b"a"), (2, b""), (3, b"bcd"), (4, b"last")];
            assert_eq!(lines, expected);
        }
    }

    #[test]
    fn a_line_that_no_record_needs_is_not_held() {
        let mut reader = PlainReader::default();
        let chunk = vec![b'x'; 1024 * 1024];
        let pushed = (0..50).try_for_each(|_| {
            reader.push(&chunk)?;
            assert_eq!(reader.next_line(), None);
            Ok(())
        });
        assert!(matches!(pushed, Err(FormatError::LongLine { line: 1 })));
    }
}

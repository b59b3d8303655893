//! Lines that are not packed, as the article's merged file has them.

/// Splits what arrives in chunks into lines.
#[derive(Debug, Default)]
pub(super) struct PlainReader {
    rest: Vec<u8>,
    /// Where the next line begins in `rest`.
    start: usize,
    lines: u64,
}

impl PlainReader {
    /// Takes the next chunk, after the lines of the one before were taken.
    pub(super) fn push(&mut self, chunk: &[u8]) {
        self.rest.drain(..std::mem::take(&mut self.start));
        self.rest.extend_from_slice(chunk);
    }

    /// The next whole line and its number, from 1.
    pub(super) fn next_line(&mut self) -> Option<(u64, Vec<u8>)> {
        let rest = &self.rest[self.start..];
        let length = rest.iter().position(|byte| *byte == b'\n')?;
        let line = rest[..length].to_vec();
        self.start += length + 1;
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
                reader.push(chunk);
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
}

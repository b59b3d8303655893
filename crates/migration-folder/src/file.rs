//! One file of a folder.

use std::fmt;
use std::sync::Arc;

use function_core::sha256_hex;

const UTF_8_MARK: &[u8] = b"\xEF\xBB\xBF";
const UTF_16_MARKS: [&[u8]; 2] = [b"\xFF\xFE", b"\xFE\xFF"];

/// A file: its name and its bytes. Cloning is cheap.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    name: String,
    bytes: Arc<[u8]>,
    checksum: Checksum,
}

/// The SHA-256 of a file's raw bytes, as 64 lower-case hexadecimal characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Checksum(String);

/// A file's bytes are no text that a server can be sent. `line` counts from 1, `offset` in bytes from 0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// It starts with the mark of UTF-16.
    #[error("{file} is UTF-16: save it as UTF-8")]
    Utf16 {
        /// The file's name.
        file: String,
    },
    /// Bytes that are no UTF-8.
    #[error("{file} line {line} (byte {offset}) is not UTF-8: save the file as UTF-8")]
    NotUtf8 {
        /// The file's name.
        file: String,
        /// Where.
        line: usize,
        /// Where.
        offset: usize,
    },
    /// A NUL, which no PostgreSQL text holds.
    #[error(
        "{file} line {line} (byte {offset}) holds a NUL, which SQL can't: save the file as UTF-8, not UTF-16, and write bytes as '\\x…'"
    )]
    Nul {
        /// The file's name.
        file: String,
        /// Where.
        line: usize,
        /// Where.
        offset: usize,
    },
}

impl File {
    /// The file `name` of these bytes.
    pub fn new(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self {
            name: name.into(),
            checksum: Checksum(sha256_hex(&bytes)),
            bytes: bytes.into(),
        }
    }

    /// Its name, without its folder's.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its bytes, exactly as they are on disk.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The SHA-256 of its bytes.
    pub fn checksum(&self) -> &Checksum {
        &self.checksum
    }

    /// Its text, without the byte order mark of UTF-8, which editors of Windows write and SQL does not know.
    ///
    /// # Errors
    /// It is no UTF-8, or holds a NUL.
    pub fn text(&self) -> Result<&str, TextError> {
        let file = || self.name.clone();
        if UTF_16_MARKS.iter().any(|mark| self.bytes.starts_with(mark)) {
            return Err(TextError::Utf16 { file: file() });
        }
        let text = str::from_utf8(&self.bytes).map_err(|error| {
            let offset = error.valid_up_to();
            let (file, line) = (file(), self.line(offset));
            TextError::NotUtf8 { file, line, offset }
        })?;
        if let Some(offset) = text.find('\0') {
            let (file, line) = (file(), self.line(offset));
            return Err(TextError::Nul { file, line, offset });
        }
        let mark = if self.bytes.starts_with(UTF_8_MARK) {
            UTF_8_MARK.len()
        } else {
            0
        };
        Ok(&text[mark..])
    }

    /// The line, from 1, that the byte at `offset` is in.
    fn line(&self, offset: usize) -> usize {
        self.bytes[..=offset].split(|byte| *byte == b'\n').count()
    }
}

impl fmt::Debug for File {
    /// The name and the checksum: a file may hold what is nobody's business.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_tuple("File");
        debug.field(&self.name).field(&self.checksum.0).finish()
    }
}

impl Checksum {
    /// The 64 hexadecimal characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(bytes: &[u8]) -> String {
        File::new("1_a.up.sql", bytes.to_vec())
            .text()
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_mark_of_utf_8_is_no_part_of_the_text_but_of_the_checksum() {
        let marked = File::new("1_a.up.sql", b"\xEF\xBB\xBFSELECT 1;\r\n".to_vec());
        let plain = File::new("1_a.up.sql", b"SELECT 1;\r\n".to_vec());
        assert_eq!(marked.text(), Ok("SELECT 1;\r\n"));
        assert_eq!(plain.text(), Ok("SELECT 1;\r\n"));
        assert_ne!(marked.checksum(), plain.checksum());
        assert_eq!(marked.checksum().as_str(), sha256_hex(marked.bytes()));
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_place() {
        assert_eq!(
            words(b"\xFF\xFES\0"),
            "1_a.up.sql is UTF-16: save it as UTF-8"
        );
        assert_eq!(
            words(b"SELECT 1;\n-- \x83\x6a\n"),
            "1_a.up.sql line 2 (byte 13) is not UTF-8: save the file as UTF-8"
        );
        assert!(words(b"\n\nS\0E\0").starts_with("1_a.up.sql line 3 (byte 3) holds a NUL"));
    }

    #[test]
    fn an_empty_file_is_an_empty_text() {
        assert_eq!(File::new("1_a.up.sql", Vec::new()).text(), Ok(""));
    }
}

//! `manifest-files.json`: the data files, one a line.

use serde::Deserialize;

use crate::{FormatError, Md5};

/// One data file of an export.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DataFile {
    /// The lines in it.
    pub item_count: u64,
    /// The MD5 of the object as it is stored, compressed.
    #[serde(rename = "md5Checksum")]
    pub md5: Md5,
    /// The entity tag. Of a multipart upload (`…-1`), so it is no MD5, and a copy of the object has another.
    #[serde(default)]
    pub etag: String,
    /// The key as the manifest tells it; [`ExportFolder::data_keys`](crate::ExportFolder::data_keys) says where it may be.
    #[serde(rename = "dataFileS3Key")]
    pub key: String,
}

/// Reads the lines of `manifest-files.json`, in order; ends after the first that can't be read.
///
/// Whether lines are missing from the end only the manifest's MD5 and the [`Summary`](crate::Summary) can tell.
#[derive(Clone, Debug)]
pub struct DataFiles<'content> {
    rest: &'content [u8],
    line: u64,
}

impl<'content> DataFiles<'content> {
    /// The data files in `content`.
    pub fn new(content: &'content [u8]) -> Self {
        Self {
            rest: content,
            line: 0,
        }
    }

    /// The next line that is not blank.
    fn line(&mut self) -> Option<&'content [u8]> {
        while !self.rest.is_empty() {
            let end = memchr::memchr(b'\n', self.rest);
            let (line, rest) = match end {
                Some(end) => (&self.rest[..end], &self.rest[end + 1..]),
                None => (self.rest, &self.rest[..0]),
            };
            self.rest = rest;
            self.line += 1;
            if !line.trim_ascii().is_empty() {
                return Some(line);
            }
        }
        None
    }
}

impl Iterator for DataFiles<'_> {
    type Item = Result<DataFile, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.line()?;
        let file = serde_json::from_slice(line).map_err(|source| FormatError::Files {
            line: self.line,
            source,
        });
        if file.is_err() {
            self.rest = &[];
        }
        Some(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = concat!(
        r#"{"itemCount":8,"md5Checksum":"kAFQmDzST7DWlj99KOF/cg==","etag":"6a-1","dataFileS3Key":"AWSDynamoDB/1/data/a.json.gz"}"#,
        "\n",
        r#"{"itemCount":0,"md5Checksum":"1B2M2Y8AsgTpgAmY7PhCfg==","etag":"7b-1","dataFileS3Key":"AWSDynamoDB/1/data/b.json.gz","size":7}"#,
        "\n",
    );

    #[test]
    fn each_line_is_a_file() {
        let files: Result<Vec<_>, _> = DataFiles::new(LINES.as_bytes()).collect();
        let files = files.unwrap();
        assert_eq!(files.len(), 2);
        assert_eq!((files[0].item_count, files[0].md5), (8, Md5::of(b"abc")));
        assert_eq!(files[0].key, "AWSDynamoDB/1/data/a.json.gz");
        assert_eq!((files[1].item_count, files[1].md5), (0, Md5::of(b"")));
    }

    #[test]
    fn the_last_line_may_lack_its_line_feed() {
        assert_eq!(DataFiles::new(LINES.trim_end().as_bytes()).count(), 2);
        assert!(DataFiles::new(LINES.trim_end().as_bytes()).all(|file| file.is_ok()));
    }

    #[test]
    fn a_cut_last_line_is_an_error_that_names_it() {
        let cut = &LINES.as_bytes()[..LINES.len() - 20];
        let found: Vec<_> = DataFiles::new(cut).collect();
        assert!(found[0].is_ok());
        assert!(matches!(found[1], Err(FormatError::Files { line: 2, .. })));
    }

    #[test]
    fn nothing_is_read_after_a_line_at_fault() {
        let content = format!("\n{{}}\n{LINES}");
        let found: Vec<_> = DataFiles::new(content.as_bytes()).collect();
        assert_eq!(found.len(), 1);
        assert!(matches!(found[0], Err(FormatError::Files { line: 2, .. })));
    }

    #[test]
    fn a_checksum_that_is_none_is_an_error() {
        let content = LINES.replace("kAFQ", "kAF");
        let mut files = DataFiles::new(content.as_bytes());
        assert!(files.next().unwrap().is_err());
    }

    #[test]
    fn an_empty_manifest_has_no_files() {
        assert_eq!(DataFiles::new(b"").count(), 0);
    }
}

//! MD5 as the export's manifests write it: base64 of 16 bytes.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Digest as _;
use serde::{Deserialize, Deserializer, de};

use crate::FormatError;

/// The MD5 of an object. It shows damage, not malice.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Md5([u8; 16]);

impl Md5 {
    /// The MD5 of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        let mut hasher = Md5Hasher::new();
        hasher.update(bytes);
        hasher.finish()
    }
}

/// Reads base64, with white space around it: a checksum object may end with a line feed.
impl FromStr for Md5 {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        STANDARD
            .decode(text.trim())
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or(FormatError::Checksum)
    }
}

impl fmt::Display for Md5 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Md5 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Md5({self})")
    }
}

impl<'de> Deserialize<'de> for Md5 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

/// An MD5 that is fed piece by piece.
#[derive(Clone, Debug, Default)]
pub struct Md5Hasher(md5::Md5);

impl Md5Hasher {
    /// The digest of nothing, so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `bytes`.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all pieces.
    pub fn finish(self) -> Md5 {
        Md5(self.0.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_and_whole_agree() {
        let mut hasher = Md5Hasher::new();
        hasher.update(b"a");
        hasher.update(b"bc");
        assert_eq!(hasher.finish(), Md5::of(b"abc"));
        assert_eq!(Md5::of(b"abc").to_string(), "kAFQmDzST7DWlj99KOF/cg==");
    }

    #[test]
    fn white_space_around_a_checksum_is_ignored() {
        let read: Md5 = " kAFQmDzST7DWlj99KOF/cg==\r\n".parse().unwrap();
        assert_eq!(read, Md5::of(b"abc"));
    }

    #[test]
    fn what_is_not_sixteen_bytes_of_base64_is_refused() {
        for text in [
            "",
            "kAFQmDzST7DWlj99KOF/",
            "900150983cd24fb0d6963f7d28e17f72",
            "é",
        ] {
            assert!(text.parse::<Md5>().is_err(), "{text}");
        }
    }
}

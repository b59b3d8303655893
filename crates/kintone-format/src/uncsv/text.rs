//! Bytes into text.

use std::fmt;
use std::str::FromStr;

use encoding_rs::{Decoder, DecoderResult, SHIFT_JIS, UTF_8};

/// The encoding of a CSV.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without byte order mark.
    #[default]
    Utf8,
    /// `Shift_JIS` as Windows has it, cli-kintone's `sjis`.
    ShiftJis,
}

impl FromStr for Encoding {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "utf8" => Ok(Self::Utf8),
            "sjis" => Ok(Self::ShiftJis),
            _ => Err(()),
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Utf8 => "utf8",
            Self::ShiftJis => "sjis",
        })
    }
}

/// A stream of bytes that becomes text.
pub(super) struct Decoding {
    encoding: Encoding,
    decoder: Decoder,
}

impl Decoding {
    pub(super) fn new(encoding: Encoding) -> Self {
        let decoder = match encoding {
            Encoding::Utf8 => UTF_8.new_decoder_with_bom_removal(),
            Encoding::ShiftJis => SHIFT_JIS.new_decoder_without_bom_handling(),
        };
        Self { encoding, decoder }
    }

    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The text of the next bytes, and whether all of them were of the encoding. If not, the text ends before
    /// those that were not.
    pub(super) fn decode(&mut self, bytes: &[u8], is_last: bool) -> (String, bool) {
        let most = self
            .decoder
            .max_utf8_buffer_length_without_replacement(bytes.len());
        let mut text = String::with_capacity(most.unwrap_or(bytes.len() * 3 + 8));
        let (result, _) = self
            .decoder
            .decode_to_string_without_replacement(bytes, &mut text, is_last);
        (text, result == DecoderResult::InputEmpty)
    }
}

impl fmt::Debug for Decoding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Decoding({})", self.encoding)
    }
}

//! Why an object of an export can't be read.

use crate::LINE_BYTES_MAX;

/// Why an object of an export can't be read. No message tells a value of an item.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// The summary is cut or damaged.
    #[error("manifest-summary.json is not the documented JSON; it is cut or damaged")]
    Summary {
        /// What is wrong.
        source: serde_json::Error,
    },
    /// The list of data files is cut or damaged.
    #[error("line {line} of manifest-files.json is not the documented JSON; it is cut or damaged")]
    Files {
        /// The line's number, from 1.
        line: u64,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// A checksum is none.
    #[error("the checksum is not an MD5 in base64, which has 24 characters")]
    Checksum,
    /// A data file is damaged.
    #[error("the gzip stream is damaged in line {line}, within the first {compressed_bytes} bytes")]
    Damaged {
        /// The number of the line that could not be unpacked, from 1.
        line: u64,
        /// The compressed bytes read so far.
        compressed_bytes: u64,
        /// What is wrong.
        source: flate2::DecompressError,
    },
    /// A data file is cut.
    #[error("the gzip stream is cut off in line {line}, after {compressed_bytes} bytes")]
    Cut {
        /// The number of the line that is not whole, from 1.
        line: u64,
        /// The compressed bytes that there are.
        compressed_bytes: u64,
    },
    /// A line can't be a record of DynamoDB's.
    #[error("line {line} is longer than {LINE_BYTES_MAX} bytes, more than any record needs")]
    LongLine {
        /// The line's number, from 1.
        line: u64,
    },
    /// The caller left lines behind.
    #[error("lines after line {line} were not taken before the next chunk or the end")]
    Untaken {
        /// The last line that was taken, from 1.
        line: u64,
    },
    /// A line is no record of the expected kind.
    #[error("line {line} of the data file is not the documented record")]
    Line {
        /// The line's number, from 1.
        line: u64,
        /// What is wrong with it.
        source: Box<Self>,
    },
    /// A record is not JSON.
    #[error("the record is not JSON from column {column} on; it is cut or damaged")]
    Json {
        /// The first byte at fault, from 1.
        column: usize,
    },
    /// A part of a record is not what DynamoDB writes.
    #[error("{path} {fault}")]
    Attribute {
        /// Where it is, from the record's root: `Item.addresses[2].zip`.
        path: String,
        /// What is wrong with it.
        fault: AttributeFault,
    },
}

/// What is wrong with a part of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttributeFault {
    /// A part that each record has is not there.
    #[error("is missing")]
    Missing,
    /// A name, or a value of a set, is there twice.
    #[error("holds the same name or value twice")]
    Twice,
    /// The type's name is unknown.
    #[error("has none of the types S, N, B, SS, NS, BS, M, L, NULL, BOOL")]
    Type,
    /// The JSON has another shape than the type.
    #[error("is not written as its type is")]
    Shape,
    /// A binary value is not base64.
    #[error("is not base64")]
    Base64,
    /// A number is none.
    #[error("is not a number")]
    Number,
    /// A time is out of all bounds.
    #[error("is not a time in microseconds")]
    Time,
}

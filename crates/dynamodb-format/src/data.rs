//! Reading data files as they stream from a store.

mod counter;
mod reader;
#[cfg(test)]
mod tests;

pub use counter::DataCounter;
pub use reader::{DataReader, LINE_BYTES_MAX, Line, Lines};

use crate::Md5;

/// What a data file turned out to be, to be compared with its [`DataFile`](crate::DataFile).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataTotals {
    /// The size of the object as it is stored.
    pub compressed_bytes: u64,
    /// The MD5 of the object as it is stored.
    pub md5: Md5,
    /// The lines in it; a last line without line feed counts.
    pub lines: u64,
}

/// What is inflated at once: it stays in the processor's cache.
const BUFFER_BYTES: usize = 64 * 1024;

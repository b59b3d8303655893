//! What may be wrong with an export.

use std::time::Duration;

/// What is wrong with an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It ends FAILED, with `_started` and some of its data files written.
    Failed {
        /// The `FailureCode`, such as `S3AccessDenied`.
        code: String,
        /// The `FailureMessage`.
        message: String,
    },
    /// In place of COMPLETED it has a status that no document knows. Everything is written.
    Status(String),
    /// It takes so long, in place of what the options say.
    Takes(Duration),
    /// The object is not there.
    Missing(Part),
    /// The object ends half-way.
    Truncated(Part),
    /// One bit of the object is another: a manifest that is no longer what it was, a checksum that is wrong.
    Altered(Part),
    /// This count is told as one more than there are items.
    Miscounted(Counted),
    /// A data file is whole and has the right checksum, but lacks the last of the items that are counted for it.
    Short(usize),
}

impl Fault {
    /// An export that ends FAILED.
    pub fn failed(code: &str, message: &str) -> Self {
        Self::Failed {
            code: code.to_owned(),
            message: message.to_owned(),
        }
    }
}

/// An object of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `_started`.
    Started,
    /// A data file: of those that are not empty, counted from 0; if all are empty, the first.
    Data(usize),
    /// `manifest-files.json`.
    Files,
    /// `manifest-files.md5`.
    FilesChecksum,
    /// `manifest-summary.json`.
    Summary,
    /// `manifest-summary.md5`.
    SummaryChecksum,
}

/// Where the number of items is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// In the answer to `DescribeExport`.
    Description,
    /// In `manifest-summary.json`.
    Summary,
    /// In the first line of `manifest-files.json`.
    Files,
}

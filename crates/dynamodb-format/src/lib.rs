//! The objects of a DynamoDB export: manifests, items, incremental records. No cloud, no waiting.
//!
//! | object | what reads it |
//! |---|---|
//! | `[prefix/]AWSDynamoDB/{export id}/_started` | nothing: it is empty, and says that the export began |
//! | `[prefix/]AWSDynamoDB/{export id}/manifest-summary.json` | [`Summary`] |
//! | `[prefix/]AWSDynamoDB/{export id}/manifest-files.json` | [`DataFiles`]: a [`DataFile`] a line |
//! | `….md5` beside each of the two | [`Md5`] of the manifest |
//! | `[prefix/]AWSDynamoDB/{export id}/data/*.json.gz` of a full export | [`DataReader`], then [`Item`] |
//! | `[prefix/]AWSDynamoDB/data/*.gz` of incremental exports | [`DataReader`], then [`Change`] |
//!
//! [`ExportFolder`] names them. [`DataCounter`] only counts and hashes a data file, for verification.
//! Data files of several incremental exports share one folder, so they are read by manifest and never listed.
//!
//! **Source**: Amazon DynamoDB Developer Guide, "DynamoDB table export output format". It calls the
//! checksum objects `.checksum`; the service writes `.md5`.

mod attribute;
mod canonical;
mod change;
mod data;
mod digest;
mod error;
mod files;
mod gzip;
mod item;
mod key;
mod layout;
mod md5;
mod number;
mod parse;
mod size;
mod summary;
mod write;

pub use attribute::AttributeValue;
pub use change::Change;
pub use data::{DataCounter, DataReader, DataTotals, LINE_BYTES_MAX, Line, Lines};
pub use digest::{Digest, DigestFault};
pub use error::{AttributeFault, FormatError};
pub use files::{DataFile, DataFiles};
pub use item::Item;
pub use key::{KeyAttribute, KeyFault, KeyKind, KeySchema};
pub use layout::{ExportFolder, export_id};
pub use md5::{Md5, Md5Hasher};
pub use number::{canonical_number, number_order};
pub use size::{ITEM_BYTES_MAX, ItemFault};
pub use summary::{ExportType, OutputFormat, OutputView, Summary};

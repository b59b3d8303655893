//! The files of a Kintone backup: their names, columns, CSV dialects and lossless lines.
//!
//! | object | what it is |
//! |---|---|
//! | `{stamp}.csv` | the records for people and other tools, in a [`Dialect`] |
//! | `{stamp}.ndjson.gz` | the records as the service told them, one a line: what a restore reads |
//! | `{stamp}.schema.json` | the app, its form fields and layout ([`Schema`]) |
//! | `{stamp}.attachments.ndjson.gz` | which record, field and row holds which file ([`Attachment`]) |
//! | `{stamp}.sha256` | checksums in the form of `sha256sum -c` |
//! | `{stamp}.manifest.json` | the list of all these ([`Backup`]); its presence publishes the generation |
//! | `attachments/{sha256}` | the files themselves, shared by all generations |
//! | `latest.json` | the newest verified generation |
//!
//! All of them are in the folder `{domain}/{app}/`. Export writes them, restore reads them: with [`BackupReader`], which
//! checks all that it reads, or with [`CsvReader`] where there is but a CSV that cli-kintone wrote. What a record
//! holds goes back by a [`BodyWriter`], and a [`Comparer`] tells what came back differently.

mod aside;
mod attachment;
mod backup;
mod body;
mod columns;
mod compare;
mod csv;
mod decimal;
mod generation;
mod lines;
mod obstacle;
mod read;
mod schema;
mod uncsv;

pub use aside::Aside;
pub use attachment::{Attachment, FilePlace, files_of};
pub use backup::{Backup, Consistency};
pub use body::{BodyError, BodyOptions, BodyWriter, Substitutes};
pub use columns::{Column, ColumnError, Columns};
pub use compare::{Comparer, Difference, DifferenceCause, Expected, FileSpot};
pub use csv::{CsvWriter, Dialect};
pub use decimal::NumberFit;
pub use generation::{Generation, folder_of};
pub use lines::{LineError, LineReader};
pub use obstacle::{Obstacle, obstacle};
pub use read::{Attachments, BackupReader, Lines, ReadError};
pub use schema::{Schema, SchemaChange};
pub use uncsv::{CsvError, CsvReader, CsvRecord, Encoding, UNKNOWN_SIZE};

//! A folder of migrations: which files count, their versions, their words, and `atlas.sum`.
//!
//! | module | what it is about |
//! |---|---|
//! | [`Folder`] | the migrations of a folder, by version, as golang-migrate finds them |
//! | [`FileName`] | `{version}_{title}.{up or down}.{anything}` |
//! | [`File`] | one file: its bytes, its checksum, its text |
//! | [`sum`] | `atlas.sum`, in both of its variants |
//! | [`NewFile`], [`Title`] | the files that a new migration is written to |
//!
//! Nothing here knows SQL or a database.

mod add;
mod error;
mod file;
mod folder;
mod name;
mod near_miss;
mod new_file;
pub mod sum;
mod version;

pub use error::FolderError;
pub use file::{Checksum, File, TextError};
pub use folder::{Folder, Ignored, Migration};
pub use name::{Direction, FileName};
pub use new_file::{NewFile, Title, TitleError, next_version};
pub use sum::{SumFault, SumState, Variant};
pub use version::{Version, VersionError};

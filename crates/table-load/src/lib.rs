//! Verified loading of rows into PostgreSQL or SQLite, staged and swapped in one transaction.
//!
//! ```no_run
//! use function_core::Secret;
//! use table_load::{Column, Database, Kind, LoadPlan, Mode, Table};
//!
//! # async fn load() -> Result<(), table_load::LoadError> {
//! let column = |name: &str, kind| Column { name: name.to_owned(), kind };
//! let customers = Table {
//!     name: "customers".to_owned(),
//!     columns: vec![column("$id", Kind::BigInt), column("会社名", Kind::Text)],
//!     key: vec!["$id".to_owned()],
//!     parent: vec![],
//! };
//! let plan = LoadPlan {
//!     tables: vec![customers],
//!     mode: Mode::Replace,
//!     time_zone: "Asia/Tokyo".to_owned(),
//!     create: true,
//!     source: "kintone app 12".to_owned(),
//! };
//! let database = Database::from_url(&Secret::new("sqlite:kintone.db"))?;
//! let mut load = database.begin(&plan).await?;
//! load.write(0, &[Some("1"), Some("サンプル商事")]).await?;
//! let report = load.finish(&[1]).await?;
//! assert_eq!(report.tables[0].inserted, 1);
//! # Ok(())
//! # }
//! ```
//!
//! Rows go to staging tables while the source is read. [`Load::finish`] counts them in the database, compares with
//! what the caller knows, and moves all tables in one transaction: readers see the old rows or the new ones. Whatever
//! stops a load, a dropped future and a killed process included, leaves the tables as they were.
//!
//! What is there is respected. A table is altered only to add columns that are missing (and only if the plan says
//! so); one that does not fit is refused with a list of what differs. Where a column's type differs from what the load
//! would make, cells are converted as long as nothing is lost: a moment goes into `timestamp without time zone` as the
//! time in [`LoadPlan::time_zone`], and everything goes into text as it is.
//!
//! | | PostgreSQL | SQLite |
//! |---|---|---|
//! | staging | temporary tables, protocol COPY | temporary tables |
//! | two loads of a table at once | the second waits from its beginning ([`Limits::lock`]), then names the first | the second waits to swap |
//! | other writers during the swap | wait | wait |
//! | readers during the swap | see the old rows; they wait only while a column is added | as the file's journal mode has it |
//! | a moment in a column without zone | the time in the plan's zone | verbatim |
//! | NUL in a cell | refused | kept |

#[cfg(not(any(feature = "postgres", feature = "sqlite")))]
compile_error!("table-load needs one of its features postgres and sqlite");

#[cfg(feature = "admin-import")]
mod admin_import;
mod array;
#[cfg(any(feature = "postgres", feature = "admin-import"))]
mod csv;
mod database;
mod error;
mod plan;
#[cfg(feature = "postgres")]
mod postgres;
mod report;
#[cfg(feature = "sqlite")]
mod sqlite;
mod statements;
mod structure;

#[cfg(feature = "admin-import")]
pub use admin_import::{AdminImport, CloudSql, Pace};
#[cfg(any(feature = "postgres", feature = "admin-import"))]
pub use csv::headless_row;
pub use database::{Database, Limits, Load};
pub use error::LoadError;
pub use plan::{Column, Kind, LoadPlan, Mode, Table, UnknownMode};
pub use report::{LoadReport, TableReport};

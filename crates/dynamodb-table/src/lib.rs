//! A DynamoDB table's data: described, written in bulk at a bounded rate, read back.
//!
//! | task | call |
//! |---|---|
//! | what a table is, and whether it holds items | [`Tables::describe`], [`Tables::holds_items`] |
//! | a table of the same keys, made and deleted | [`Tables::create`], [`Tables::delete`], [`Tables::tags`] |
//! | items written | [`Tables::writer`], a [`Writer`] |
//! | items read back | [`Tables::scan`], [`Tables::holds_more_than`], [`Tables::get`] |
//! | a new table out of an export, by the service itself | [`Tables::start_import`], [`Tables::import`] |
//!
//! ```text
//! let tables = Tables::open(&env).await;
//! let table = tables.describe("orders").await?.ok_or(NoSuchTable)?;
//! let mut writer = tables.writer(&table, WriterOptions::default());
//! for (number, line) in lines {
//!     writer.send(Place { file: 0, line: number }, Write::Put(Line::parse(line)?)).await?;
//!     checkpoint(writer.settled(0));
//! }
//! writer.flush().await?;
//! ```

mod describe;
mod error;
mod import;
mod read;
mod table;
mod tables;
mod time;
mod value;
mod writer;

pub use dynamodb_format::{KeyAttribute, KeyFault, KeyKind, KeySchema};
pub use error::TableError;
pub use import::{Import, ImportState, ImportStatus};
pub use read::Scan;
pub use table::{Billing, Description, Index, NewTable};
pub use tables::Tables;
pub use time::Time;
pub use writer::{Line, Mode, Place, Poison, Totals, Write, Writer, WriterOptions};

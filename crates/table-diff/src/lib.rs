//! The differences of tables between two databases.
//!
//! Rows go from a **source** (the development database) to a **target** (production). This crate holds what both engines
//! and both ends of a comparison have in common:
//!
//! | word | what it is |
//! |---|---|
//! | [`Table`] | a table's structure as the server's catalog tells it |
//! | [`Reading`] | how a table is read: which columns, by which key, with which row hash |
//! | [`key`] | keys as bytes in their order, and as text |
//! | [`MarkBatch`] | keys, times and row hashes in the order of the keys: what is compared |
//! | [`gate`] | where structures differ, tables are not compared |
//! | [`Merge`] | two streams of marks become [`Difference`]s |
//! | [`Class`] | what a difference of one row is |
//! | [`ShownRow`] | a row as a person sees it |
//! | [`plan`] | the plan file: what was found, with a digest |
//! | [`Selection`] | which rows of a plan are to be written |
//! | [`render`] | a plan as text, JSON, HTML |
//! | [`Change`] | one row to be written, with what was seen of it |
//! | [`Database`] | the port: [`Snapshot`] and [`Reader`] read, [`Writer`] writes |

mod calendar;
mod cascade;
mod change;
mod class;
mod counts;
mod difference;
mod error;
pub mod gate;
mod guard;
mod identity;
pub mod key;
mod language;
mod mark;
#[cfg(test)]
mod memory;
mod merge;
pub mod plan;
mod port;
mod reading;
pub mod render;
mod row;
mod selection;
mod side;
mod structure;
#[cfg(test)]
mod tests;
mod words;

pub use cascade::{Cascade, keys_below};
pub use change::{Action, Change, Seen, StaleRow};
pub use class::Class;
pub use counts::{ClassCounts, TableCounts};
pub use difference::{Difference, DifferenceBatch};
pub use error::DatabaseError;
pub use gate::{Gate, GateOptions, StructureDifference};
pub use guard::{Caution, DeleteLimits};
pub use identity::{Engine, Identity};
pub use key::KeyError;
pub use language::Language;
pub use mark::{Mark, MarkBatch};
pub use merge::Merge;
pub use port::{
    CascadeCount, Database, Limits, MarkStream, Reader, Right, Snapshot, TransactionEnd,
    TransactionId, Writer,
};
pub use reading::{Compare, HashMethod, KeyType, Reading, TimeType};
pub use row::{ShownCell, ShownRow};
pub use selection::{Chosen, Selection, SelectionError, Ticks};
pub use side::{Side, Sides};
pub use structure::{
    Column, ForeignKey, Generated, Hidden, KeyAction, Table, TableKind, TableName, Trigger, Unique,
};

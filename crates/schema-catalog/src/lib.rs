//! The schema of a PostgreSQL database, in the server's own words.
//!
//! A [`Catalog`] is what `pg_catalog` says about everything that is not the system's and belongs to no extension. Types,
//! expressions, definitions are the server's canonical text, so that two catalogs of servers of one major version are the
//! same schema exactly when their [`lines`](Catalog::lines) are equal. What has no place in a schema's meaning is left
//! out: object ids, statistics, the physical order of columns; owners and privileges unless a [`Filter`] wants them.

mod catalog;
mod describe;
mod error;
mod filter;
mod name;
mod read;
mod text;

pub use catalog::{
    Catalog, Column, Constraint, ConstraintKind, Dependency, Enumeration, Function, Generation,
    Identity, Index, ObjectId, ObjectKind, Sequence, Table, Trigger, View,
};
pub use describe::describe;
pub use error::CatalogError;
pub use filter::Filter;
pub use name::{FunctionName, QualifiedName};
pub use text::Difference;

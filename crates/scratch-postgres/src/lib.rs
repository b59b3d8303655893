//! Throw-away PostgreSQL databases: to replay migrations in, and to see what declared SQL comes to.
//!
//! [`Scratch::at`] makes them at a given server, whose role needs `CREATEDB`; [`Scratch::own`] starts a server from
//! installed [`Programs`], which nobody else can reach and which ends with its owner, however that ends.

mod database;
mod error;
mod own;
mod programs;
mod scratch;
mod user;

pub use database::Database;
pub use error::ScratchError;
pub use programs::Programs;
pub use scratch::Scratch;

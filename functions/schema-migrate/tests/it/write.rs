//! `write`, on real throw-away databases.

mod desk;
mod generated;
mod proven;
mod refused;
mod schema;

//! Writing, from a database on one version of PostgreSQL to one on another.

mod clashes;
mod classes;
mod ends;
mod foreign_keys;
mod identities;
mod rights;
mod stale;
mod triggers;
mod values;
mod world;

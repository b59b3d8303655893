//! MySQL's side of table comparison against a real MariaDB.

#![cfg(test)]

mod catalog;
mod hash;
mod keys;
mod limits;
mod lost;
mod rights;
mod rows;
mod stale;
mod times;
mod tls;
mod two;
mod write;

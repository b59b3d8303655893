//! Reaching PostgreSQL: addresses, TLS, sessions, and what its refusals mean.
//!
//! | module | what it is about |
//! |---|---|
//! | [`Address`] | where a database is, who logs in, and what TLS must prove |
//! | [`connect`] | a [`Session`] there, with keepalives, that ends with its owner; [`all_ended`] before the process does |
//! | [`fault`] | the server's words on one line, and which of its faults pass |
//! | [`quote_identifier`], [`quote_literal`] | how a name, or a text that can't be bound, gets into a statement |

mod address;
pub mod fault;
mod line;
mod process;
mod quoting;
mod session;
mod tls;

pub use address::{Address, AddressError};
pub use quoting::{quote_identifier, quote_literal};
pub use session::{ConnectError, Session, all_ended, connect};

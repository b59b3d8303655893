//! PostgreSQL behind the port, on real servers.
#![cfg(test)]

mod place;
mod read_hash;
mod read_keys;
mod read_moment;
mod read_rights;
mod read_rows;
mod read_servers;
mod read_structure;
mod writer;

//! One suite of stories, held against every database; and what only one of them can show.

#![cfg(test)]

#[cfg(feature = "admin-import")]
mod admin_import;
#[cfg(feature = "postgres")]
mod cluster;
mod interrupt;
mod place;
#[cfg(feature = "postgres")]
mod postgres;
mod property;
#[cfg(feature = "sqlite")]
mod sqlite;
mod stories;
mod tables;
#[cfg(feature = "postgres")]
mod tls;

//! Throw-away databases, at real servers.
#![cfg(test)]

mod at;
mod own;

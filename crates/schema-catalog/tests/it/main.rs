//! Schemas as real servers tell of them.
#![cfg(test)]

mod describe;
mod others;
mod place;
mod read;

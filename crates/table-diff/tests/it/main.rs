//! Plans through the crate's front door.

#![cfg(test)]

mod golden;
mod shop;

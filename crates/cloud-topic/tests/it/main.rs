//! The topic against memory and the real Pub/Sub emulator.

#![cfg(test)]

mod memory;
mod name;
#[cfg(feature = "pubsub")]
mod pubsub;

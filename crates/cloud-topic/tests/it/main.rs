//! The topic against memory and the real Pub/Sub emulator.

mod memory;
mod name;
#[cfg(feature = "pubsub")]
mod pubsub;

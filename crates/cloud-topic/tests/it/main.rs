//! The topic against memory, the real Pub/Sub emulator and moto.

#![cfg(test)]

mod memory;
mod name;
#[cfg(feature = "pubsub")]
mod pubsub;
#[cfg(feature = "sns")]
mod sns;

//! bigquery-transfer against its simulator.
#![cfg(test)]

mod configs;
mod desk;
mod kill;
mod night;
mod process;
#[cfg(feature = "cloud")]
mod pubsub;
mod runs;
mod samples;
mod settings;
mod sources;
mod wire;

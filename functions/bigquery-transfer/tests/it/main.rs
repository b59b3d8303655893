//! bigquery-transfer against its simulator.
#![cfg(test)]

mod adoption;
mod configs;
mod desk;
mod kill;
mod night;
mod orders;
mod process;
#[cfg(feature = "cloud")]
mod pubsub;
mod runs;
mod runs_again;
mod runs_beside;
mod runs_failed;
mod runs_schedule;
mod runs_told;
mod samples;
mod settings;
mod sources;
mod wire;

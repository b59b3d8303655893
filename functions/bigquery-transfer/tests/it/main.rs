//! bigquery-transfer against its simulator.
#![cfg(test)]

mod night;
mod runs;

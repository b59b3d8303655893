//! bigquery-transfer against its simulator.
#![cfg(test)]

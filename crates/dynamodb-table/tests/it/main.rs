//! A table's data against a DynamoDB that fails when it is told to, and against moto.
#![cfg(test)]

mod faults;
mod modes;
mod moto;
mod poison;
mod rate;
mod read;
mod tables;
mod world;
mod write;

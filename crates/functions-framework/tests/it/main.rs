//! The contract, over real connections.

#![cfg(test)]

mod bodies;
mod conformance;
mod contract;
mod server;
mod stop;

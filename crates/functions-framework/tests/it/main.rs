//! The contract, over real connections.

mod bodies;
mod conformance;
mod contract;
mod server;
mod stop;

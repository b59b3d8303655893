//! The simulators, asked over the wire.

mod api;
mod faults;
mod reading;

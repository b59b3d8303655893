//! Reading a line: DynamoDB's JSON into typed values, with faults that name where, never what.

mod record;
mod trace;
mod value;

pub(crate) use record::{Record, required};

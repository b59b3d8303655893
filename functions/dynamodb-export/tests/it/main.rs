//! dynamodb-export against simulators of DynamoDB and S3, and moto's S3, with clocks by hand.
#![cfg(test)]

mod chains;
mod chaos;
mod content;
mod dry_runs;
mod events;
mod nights;
mod paging;
mod process;
mod publishing;
mod refusals;
mod restore;
mod tampering;
mod world;

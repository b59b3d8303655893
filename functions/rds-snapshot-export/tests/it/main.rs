//! rds-snapshot-export against simulated RDS and S3, and what comes out at topics and chats.
#![cfg(test)]

mod chaos;
mod events;
mod failures;
mod gauges;
mod limit;
mod moto;
mod names;
mod nights;
mod program;
mod publishing;
mod settings;
mod snapshots;
mod sources;
mod verification;
mod world;

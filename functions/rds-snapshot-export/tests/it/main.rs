//! rds-snapshot-export against simulated RDS and S3, and what comes out at topics and chats.
#![cfg(test)]

mod nights;
mod sink;
mod world;

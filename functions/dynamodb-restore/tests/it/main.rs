//! dynamodb-restore against simulators of DynamoDB and S3, moto and MiniStack, with what dynamodb-export writes.
#![cfg(test)]

mod restores;
mod world;

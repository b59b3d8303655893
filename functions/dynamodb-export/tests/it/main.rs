//! dynamodb-export against the DynamoDB simulator and moto's S3, with clocks by hand.
#![cfg(test)]

mod events;
mod nights;
mod world;

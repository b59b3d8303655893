//! dynamodb-restore against simulators of DynamoDB and S3, moto and `MiniStack`, with what dynamodb-export writes.
#![cfg(test)]

mod chains;
mod doubts;
mod drills;
mod events;
mod faults;
mod imports;
mod many_keys;
mod modes;
mod plan_told;
mod process;
mod properties;
mod requests;
mod restores;
mod second_opinions;
mod steps;
mod tampering;
mod windows_after_kill;
mod world;

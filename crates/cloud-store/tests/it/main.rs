//! One suite of stories, held against every store; and what only one of them can show.

#![cfg(test)]

mod faulty;
mod file;
#[cfg(feature = "gs")]
mod gs;
#[cfg(feature = "s3")]
mod s3;
mod stories;

use cloud_store::{Memory, Store};

#[tokio::test]
async fn memory_holds_to_every_story() {
    stories::hold(&Store::memory(Memory::new())).await;
}

//! kintone-export against the Kintone simulator and real stores and databases.
#![cfg(test)]

mod attachments;
mod backups;
mod cells;
mod chaos;
mod consistency;
mod events;
mod faults;
#[cfg(feature = "cloud")]
mod gcloud_pubsub;
mod incremental;
mod kill;
mod loads;
mod machine;
#[cfg(feature = "cloud")]
mod postgres;
mod refusals;
mod repeats;
#[cfg(feature = "cloud")]
mod stores;
mod takeovers;
mod world;

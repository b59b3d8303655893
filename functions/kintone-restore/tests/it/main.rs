//! kintone-restore against the Kintone simulator, with backups that kintone-export made.
#![cfg(test)]

mod again;
mod beside_cli_kintone;
mod budget;
mod clashes;
mod csv;
mod cuts;
mod drill_ends;
mod drills;
mod events;
mod every_request;
mod faults;
#[cfg(feature = "cloud")]
mod gcloud_pubsub;
mod kill;
mod killer;
mod machine;
mod node;
mod parallel;
mod plans;
mod random;
mod references;
mod restores;
mod revisions;
mod round_trips;
mod same;
mod steps;
mod stops;
mod stops_of_changes;
#[cfg(feature = "cloud")]
mod stores;
mod unknown;
mod updates;
mod world;
mod writers;

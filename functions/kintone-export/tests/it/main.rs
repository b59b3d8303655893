//! kintone-export against the Kintone simulator and real stores and databases.
#![cfg(test)]

mod attachments;
mod backups;
mod chaos;
mod consistency;
mod events;
mod faults;
mod incremental;
mod kill;
mod loads;
mod repeats;
mod takeovers;
mod world;

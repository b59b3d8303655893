//! kintone-export against the Kintone simulator and real stores and databases.
#![cfg(test)]

mod attachments;
mod backups;
mod cells;
mod chaos;
mod consistency;
mod events;
mod faults;
mod incremental;
mod kill;
mod loads;
mod machine;
mod refusals;
mod repeats;
mod takeovers;
mod world;

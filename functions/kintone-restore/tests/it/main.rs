//! kintone-restore against the Kintone simulator, with backups that kintone-export made.
#![cfg(test)]

mod faults;
mod kill;
mod machine;
mod plans;
mod restores;
mod world;

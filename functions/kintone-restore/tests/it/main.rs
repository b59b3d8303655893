//! kintone-restore against the Kintone simulator, with backups that kintone-export made.
#![cfg(test)]

mod restores;
mod world;

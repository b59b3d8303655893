//! table-sync between real databases.
#![cfg(test)]

mod below;
mod browser;
mod browser_faults;
mod cascades;
#[cfg(feature = "cloud")]
mod cloud;
mod counting;
mod databases;
mod desk;
mod endings;
mod faults;
mod guards;
mod hashes;
mod killed;
mod mysql;
mod paging;
mod process;
mod property;
mod proxy;
mod roles;
mod samples;
mod seed;
mod shop;
mod told;
mod traps;
mod undoing;

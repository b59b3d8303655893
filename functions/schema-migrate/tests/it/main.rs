//! schema-migrate as a program, on real databases.
#![cfg(test)]

mod article;
mod check;
mod command_line;
mod connections;
mod defects;
mod drift;
mod files;
mod half_way;
mod odd_files;
mod samples;
#[cfg(feature = "cloud")]
mod service_account;
mod stage;
mod status;
mod stopped;
mod write;

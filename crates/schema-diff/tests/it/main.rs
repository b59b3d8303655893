//! Scripts that real servers run there and back.
#![cfg(test)]

mod columns;
mod constraints;
mod enumerations;
mod functions;
mod others;
mod place;
mod renames;
mod safe;
mod shop;
mod tables;
mod views;

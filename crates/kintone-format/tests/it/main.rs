//! The formats against what the real cli-kintone writes and takes.

#![cfg(test)]

mod cli_kintone;
mod golden;
mod write_back;

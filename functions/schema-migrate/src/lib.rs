#![doc = include_str!("../README.md")]

mod check;
mod command;
mod commands;
mod config;
mod context;
mod difference;
mod dispatch;
mod drift;
mod error;
mod launch;
mod login;
mod output;
mod replay;
mod scratch;
mod write;

pub use config::Config;
pub use dispatch::{Surroundings, run};
pub use launch::{launch, run_at_terminal};

/// The name that logs and people know it by.
pub const FUNCTION: &str = "schema-migrate";

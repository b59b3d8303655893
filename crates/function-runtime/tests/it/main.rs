//! One function, started as a process on every platform.

#![cfg(test)]

mod command_line;
mod embedded;
mod job;
mod lambda;
mod process;
mod service;
mod settings;
mod site;

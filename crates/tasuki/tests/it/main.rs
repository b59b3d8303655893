//! The command, as a person types it.
#![cfg(test)]

mod command;
mod demo;
#[cfg(feature = "aws")]
mod drill_dynamodb;
mod invoke;
#[cfg(feature = "gcp")]
mod invoke_bigquery_transfer;
#[cfg(feature = "migrate")]
mod migrate;
#[cfg(feature = "aws")]
mod restore_dynamodb;
mod restore_kintone;
#[cfg(feature = "sync")]
mod sync;

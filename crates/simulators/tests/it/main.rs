//! The simulators, asked over the wire.

#[cfg(test)]
mod api;
#[cfg(test)]
mod bigquery;
#[cfg(test)]
mod binary;
#[cfg(test)]
mod cli_kintone;
#[cfg(test)]
mod cursors;
#[cfg(test)]
mod dynamodb;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod files;
#[cfg(test)]
mod node;
#[cfg(test)]
mod people;
#[cfg(test)]
mod process;
#[cfg(test)]
mod rds;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod rest_api_client;
#[cfg(test)]
mod writing;

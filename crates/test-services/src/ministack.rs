//! `MiniStack`: many of AWS's services in one process.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::time::Duration;

use crate::{Process, ServiceError, find_program, free_port};

/// AWS on a port of this machine.
#[derive(Debug)]
pub struct Ministack {
    _process: Process,
    address: String,
}

impl Ministack {
    /// Starts a server without anything in it.
    ///
    /// # Errors
    /// `MiniStack` is not installed or does not start.
    pub async fn start() -> Result<Self, ServiceError> {
        const SERVICE: &str = "ministack";
        let repair = "pip install ministack, or set TASUKI_MINISTACK to the program";
        let program = find_program("ministack", "TASUKI_MINISTACK", repair)?;
        let port = free_port().map_err(|source| ServiceError::Start {
            service: SERVICE,
            source,
        })?;
        let mut process = Process::start(SERVICE, |folder| {
            let mut command = Command::new(program);
            command
                .current_dir(folder)
                .env("BIND_HOST", "127.0.0.1")
                .env("GATEWAY_PORT", port.to_string())
                // What it unpacks, it does not remove.
                .env("TMPDIR", folder);
            command
        })?;
        let socket = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        process.listening(socket, Duration::from_mins(1)).await?;
        Ok(Self {
            _process: process,
            address: format!("http://{socket}"),
        })
    }

    /// The value of `AWS_ENDPOINT_URL`. Any keys do.
    pub fn address(&self) -> &str {
        &self.address
    }
}

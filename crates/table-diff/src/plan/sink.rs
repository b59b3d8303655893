//! Where plans and their renderings are written to.

use std::io::Write;

use bytes::Bytes;
use cloud_store::{StoreError, Upload};

/// Where plans and their renderings are written to.
pub trait Sink: Send {
    /// Adds `bytes`; waits while they can't be taken.
    fn write(&mut self, bytes: Bytes) -> impl Future<Output = Result<(), StoreError>> + Send;
}

impl Sink for Upload {
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        Upload::write(self, bytes).await
    }
}

impl Sink for Vec<u8> {
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        self.extend_from_slice(&bytes);
        Ok(())
    }
}

/// A file, or what a terminal shows.
#[derive(Debug)]
pub struct WriteSink<W> {
    write: W,
    /// What it is, for people.
    name: String,
}

impl<W: Write + Send> WriteSink<W> {
    /// Writes to `write`, which people know as `name`.
    pub fn new(write: W, name: impl Into<String>) -> Self {
        Self {
            write,
            name: name.into(),
        }
    }
}

impl<W: Write + Send> Sink for WriteSink<W> {
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        let written = self.write.write_all(&bytes);
        written
            .and_then(|()| self.write.flush())
            .map_err(|error| StoreError::Interrupted {
                operation: "writing",
                object: self.name.clone(),
                source: error.into(),
            })
    }
}

//! A server process that lives as long as the value that holds it.

use std::fs::{self, File};
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::ServiceError;

/// How long to wait between two looks at a port.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// How much of the log an error quotes, in bytes.
const LOG_TAIL: usize = 2000;

/// A server process with a folder of its own; dropping it kills the process and removes the folder.
///
/// The process stays in the test's process group, so a test runner that ends a test that hangs
/// ends the server too. It must be the server itself: a wrapper's children would outlive it.
#[derive(Debug)]
pub struct Process {
    service: &'static str,
    child: Child,
    folder: TempDir,
}

impl Process {
    /// Starts what `command` makes of the process's own empty folder; its output goes to a log there.
    ///
    /// # Errors
    /// The folder can't be made or the program can't be run.
    pub fn start(
        service: &'static str,
        command: impl FnOnce(&Path) -> Command,
    ) -> Result<Self, ServiceError> {
        let start = || -> io::Result<Self> {
            let folder = tempfile::tempdir()?;
            let log = File::create(folder.path().join("log"))?;
            let child = command(folder.path())
                .stdin(Stdio::null())
                .stdout(log.try_clone()?)
                .stderr(log)
                .spawn()?;
            Ok(Self {
                service,
                child,
                folder,
            })
        };
        start().map_err(|source| ServiceError::Start { service, source })
    }

    /// Waits until somebody listens at `address`.
    ///
    /// # Errors
    /// The process ended, or nobody listened after `patience`.
    pub async fn listening(
        &mut self,
        address: SocketAddr,
        patience: Duration,
    ) -> Result<(), ServiceError> {
        let open = async {
            while TcpStream::connect(address).await.is_err() {
                if !matches!(self.child.try_wait(), Ok(None)) {
                    return Err(ServiceError::Stopped {
                        service: self.service,
                        log: self.last_words(),
                    });
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
            Ok(())
        };
        tokio::time::timeout(patience, open)
            .await
            .unwrap_or_else(|_| {
                Err(ServiceError::Silent {
                    service: self.service,
                    seconds: patience.as_secs(),
                    log: self.last_words(),
                })
            })
    }

    /// The process's folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The process's id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// All that the process wrote so far.
    pub fn log(&self) -> String {
        let log = fs::read(self.folder.path().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    fn last_words(&self) -> String {
        let log = self.log();
        let tail = log.ceil_char_boundary(log.len().saturating_sub(LOG_TAIL));
        log[tail..].trim().to_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only for a process that has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

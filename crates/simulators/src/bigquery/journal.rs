//! The requests in a file, for whoever watches from another process.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Mutex;

use serde_json::json;

use crate::exchange::Request;
use crate::server::lock;

/// A file that gets a line for each request.
#[derive(Debug)]
pub(super) struct Journal(Mutex<File>);

impl Journal {
    /// # Errors
    /// The file cannot be opened or made.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self(Mutex::new(file)))
    }

    /// Appends a request, without its body, which may hold a secret.
    pub(super) fn append(&self, request: &Request) -> io::Result<()> {
        let method = request.method.as_str();
        let line = json!({ "method": method, "path": request.path, "query": request.query });
        // One write, so that a reader never sees half a line.
        lock(&self.0).write_all(format!("{line}\n").as_bytes())
    }
}

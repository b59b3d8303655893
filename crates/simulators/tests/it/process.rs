//! A simulator as a process of its own.

use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// Stopped when it is dropped.
pub(crate) struct Process {
    /// The line in which it said where it is.
    pub(crate) ready: Value,
    _child: Child,
    _lines: Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// Starts the binary with `arguments`, which have blanks between them, and waits until it is ready.
    pub(crate) async fn start(arguments: &str) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_simulators"))
            .args(arguments.split(' '))
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = lines.next_line().await.unwrap().unwrap();
        Self {
            ready: serde_json::from_str(&line).unwrap(),
            _child: process,
            _lines: lines,
        }
    }

    /// A word of that line.
    pub(crate) fn word(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap()
    }
}

//! Text on its way to a sink.

use std::fmt;

use crate::plan::{PlanError, Sink};

/// How many bytes are gathered before they are handed on.
const BUFFER_BYTES: usize = 64 * 1024;

/// Text on its way to a sink.
#[derive(Debug)]
pub(super) struct Out<S> {
    sink: S,
    pub(super) text: String,
}

impl<S: Sink> Out<S> {
    pub(super) fn new(sink: S) -> Self {
        Self {
            sink,
            text: String::new(),
        }
    }

    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Hands on what was gathered if it is much.
    pub(super) async fn drain(&mut self) -> Result<(), PlanError> {
        if self.text.len() >= BUFFER_BYTES {
            self.flush().await?;
        }
        Ok(())
    }

    /// Hands on the rest.
    pub(super) async fn finish(mut self) -> Result<S, PlanError> {
        self.flush().await?;
        Ok(self.sink)
    }

    async fn flush(&mut self) -> Result<(), PlanError> {
        let text = std::mem::take(&mut self.text);
        Ok(self.sink.write(text.into()).await?)
    }
}

/// Text in memory takes all that is written.
pub(super) fn said(written: fmt::Result) {
    written.unwrap_or_else(|_| unreachable!("a String takes all writes"));
}

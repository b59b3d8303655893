//! The body of an answer, whole or cut, and the count of requests that are under way.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Sleep;

use super::Shared;

/// How long what was sent may take to leave before a connection is cut.
const FLUSH: Duration = Duration::from_millis(20);

/// A request that ends with a closed connection in place of an answer, or of the rest of one.
#[derive(Debug)]
pub(super) struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("connection cut")
    }
}

impl Error for Cut {}

/// Counts a request as under way until its answer was handed over whole.
pub(super) struct Running {
    shared: Arc<Shared>,
    pub(super) count: usize,
}

impl Running {
    pub(super) fn enter(shared: &Arc<Shared>) -> Self {
        let count = shared.running.fetch_add(1, Ordering::SeqCst) + 1;
        shared.most_running.fetch_max(count, Ordering::SeqCst);
        Self {
            shared: Arc::clone(shared),
            count,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shared.running.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The body of an answer, whole or cut.
pub(super) struct Page {
    content: Option<Bytes>,
    cut: Option<Pin<Box<Sleep>>>,
    _running: Running,
}

impl Page {
    /// The body `content`, whole or only its first `cut` bytes.
    pub(super) fn new(content: &Bytes, cut: Option<usize>, running: Running) -> Self {
        let sent = cut.map_or(content.len(), |bytes| bytes.min(content.len()));
        Self {
            content: Some(content.slice(..sent)),
            cut: cut.map(|_| Box::pin(tokio::time::sleep(FLUSH))),
            _running: running,
        }
    }
}

impl Body for Page {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        if let Some(content) = self.content.take().filter(|content| !content.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(content))));
        }
        // hyper writes what it has while this waits; an error at once would discard it.
        match &mut self.cut {
            None => Poll::Ready(None),
            Some(wait) => wait.as_mut().poll(context).map(|()| Some(Err(Cut))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.cut.is_none() && self.content.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

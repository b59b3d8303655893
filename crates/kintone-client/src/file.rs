//! Attachments.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::{self, BoxStream};

use crate::attempt::Attempt;
use crate::call::Call;
use crate::client::Client;
use crate::error::ClientError;

/// The bytes of an attachment, as they come.
///
/// It is cut off with an error when it is silent for too long or shorter than announced. Such an
/// error is retryable: download the file again.
pub struct Download {
    size_bytes: Option<u64>,
    chunks: BoxStream<'static, Result<Bytes, ClientError>>,
}

impl Client {
    /// Begins to download the attachment that a record's `file_key` names.
    ///
    /// A download that has begun does not count among the requests at once, so that a caller who
    /// is slow to read it does not hold up others: bound the number of downloads yourself.
    ///
    /// # Errors
    /// The call, see [`ClientError`].
    pub async fn download(&self, file_key: &str) -> Result<Download, ClientError> {
        let call = Call::get(format!("attachment {file_key}"), "file.json");
        let call = call.with("fileKey", file_key);
        let response = self.transport.open(&call).await?;
        let size_bytes = response.content_length();
        let transport = Arc::clone(&self.transport);
        let reading = (transport, call, response);
        let chunks = stream::try_unfold(reading, |(transport, call, mut response)| async {
            let attempt = Attempt {
                call: &call,
                number: 1,
            };
            let chunk = transport.chunk(attempt, &mut response).await?;
            Ok(chunk.map(|chunk| (chunk, (transport, call, response))))
        });
        Ok(Download {
            size_bytes,
            chunks: Box::pin(chunks),
        })
    }
}

impl Download {
    /// The size in bytes, where the service tells it.
    pub fn size_bytes(&self) -> Option<u64> {
        self.size_bytes
    }
}

impl Stream for Download {
    type Item = Result<Bytes, ClientError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.chunks.as_mut().poll_next(context)
    }
}

impl std::fmt::Debug for Download {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Download")
            .field("size_bytes", &self.size_bytes)
            .finish_non_exhaustive()
    }
}

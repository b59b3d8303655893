//! An object of unknown size on its way to the bucket.
//!
//! The client pulls, our callers push: a task pulls from a channel of one chunk. It reads on until
//! it is told that the object is complete. When the channel closes before that, the source fails,
//! and an upload whose source failed is never finished: the service forgets it after a week.

use bytes::{Bytes, BytesMut};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use google_cloud_storage::model::Object;
use google_cloud_storage::streaming_source::StreamingSource;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::fault::Fault;
use super::{Bucket, PATIENCE, Sent};
use crate::StoreError;
use crate::port::{BackendUpload, ObjectMeta, Put};

/// What is handed to the client at once, in bytes: a multiple of what the service keeps of a cut
/// request, so that the client, going on after a cut, never has to split a chunk. (1.21 splits
/// at the wrong end: `InProgressUpload::handle_partial`.)
///
/// **Source**: Cloud Storage, "Resumable uploads": chunks are multiples of 256 KiB.
const CHUNK_BYTES: usize = 256 * 1024;

/// What one request carries, in bytes; the client keeps it until the service has it. An object
/// that is smaller is written in one request.
const REQUEST_BYTES: usize = 2 * 1024 * 1024;

/// An object that is being written; dropping it leaves nothing that anybody can see.
pub(super) struct BucketUpload {
    bucket: Bucket,
    key: String,
    put: Put,
    buffer: BytesMut,
    sent: Sent,
    session: Option<Session>,
}

/// The running request.
struct Session {
    chunks: mpsc::Sender<Part>,
    answer: JoinHandle<google_cloud_storage::Result<Object>>,
}

enum Part {
    Chunk(Bytes),
    End,
}

impl BucketUpload {
    pub(super) fn new(bucket: Bucket, key: &str, put: &Put) -> Self {
        Self {
            bucket,
            key: key.to_owned(),
            put: put.clone(),
            buffer: BytesMut::new(),
            sent: Sent::default(),
            session: None,
        }
    }

    async fn append(&mut self, mut chunk: Bytes) -> Result<(), StoreError> {
        self.sent.bytes += chunk.len() as u64;
        self.sent.crc32c = crc32c::crc32c_append(self.sent.crc32c, &chunk);
        while !chunk.is_empty() {
            let most = if self.session.is_some() {
                CHUNK_BYTES
            } else {
                REQUEST_BYTES
            };
            let part = chunk.split_to(chunk.len().min(most - self.buffer.len()));
            self.buffer.extend_from_slice(&part);
            if self.buffer.len() == most {
                self.send_buffer().await?;
            }
        }
        Ok(())
    }

    async fn send_buffer(&mut self) -> Result<(), StoreError> {
        if self.session.is_none() {
            self.session = Some(self.start()?);
        }
        let mut content = self.buffer.split().freeze();
        while !content.is_empty() {
            let chunk = content.split_to(content.len().min(CHUNK_BYTES));
            self.send(Part::Chunk(chunk)).await?;
        }
        Ok(())
    }

    fn start(&self) -> Result<Session, StoreError> {
        let (chunks, receiver) = mpsc::channel(1);
        let source = Source {
            chunks: receiver,
            ended: false,
        };
        let request = self
            .bucket
            .write(&self.key, source, &self.put)?
            .with_resumable_upload_buffer_size(REQUEST_BYTES);
        let answer = tokio::spawn(request.send_buffered());
        Ok(Session { chunks, answer })
    }

    async fn send(&mut self, part: Part) -> Result<(), StoreError> {
        let Some(session) = &self.session else {
            return Ok(());
        };
        match timeout(PATIENCE, session.chunks.send(part)).await {
            Ok(Ok(())) => Ok(()),
            // The client has stopped reading: its answer tells why.
            Ok(Err(_)) => Err(match self.answer().await {
                Ok(answer) => answer.err().map_or_else(
                    || {
                        self.fault()
                            .interrupted("the service ended the upload before its end")
                    },
                    |error| self.fault().client(&error),
                ),
                Err(error) => error,
            }),
            Err(silence) => Err(self.fault().interrupted(silence)),
        }
    }

    /// Waits for what the service answers to the whole upload.
    async fn answer(&mut self) -> Result<google_cloud_storage::Result<Object>, StoreError> {
        let Some(mut session) = self.session.take() else {
            return Err(self.fault().interrupted("the upload has ended already"));
        };
        match timeout(PATIENCE, &mut session.answer).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(self.fault().interrupted(error)),
            Err(silence) => Err(self.fault().interrupted(silence)),
        }
    }

    fn fault(&self) -> Fault {
        Fault::writing(&self.bucket, &self.key)
    }
}

impl BackendUpload for BucketUpload {
    fn write(&mut self, chunk: Bytes) -> BoxFuture<'_, Result<(), StoreError>> {
        self.append(chunk).boxed()
    }

    fn finish(mut self: Box<Self>) -> BoxFuture<'static, Result<ObjectMeta, StoreError>> {
        async move {
            if self.session.is_none() {
                let content = self.buffer.split().freeze();
                return self.bucket.write_whole(&self.key, content, &self.put).await;
            }
            self.send_buffer().await?;
            self.send(Part::End).await?;
            let answer = self.answer().await?;
            self.bucket.checked(&self.key, self.sent, answer).await
        }
        .boxed()
    }

    fn abort(self: Box<Self>) -> BoxFuture<'static, ()> {
        async move { drop(self) }.boxed()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.answer.abort();
    }
}

/// The end of the channel from which the client pulls.
struct Source {
    chunks: mpsc::Receiver<Part>,
    ended: bool,
}

/// The upload was dropped before its end.
#[derive(Debug, thiserror::Error)]
#[error("the upload was given up")]
struct GivenUp;

impl StreamingSource for Source {
    type Error = GivenUp;

    async fn next(&mut self) -> Option<Result<Bytes, GivenUp>> {
        // The client may ask again behind the end.
        if self.ended {
            return None;
        }
        match self.chunks.recv().await {
            Some(Part::Chunk(chunk)) => Some(Ok(chunk)),
            Some(Part::End) => {
                self.ended = true;
                None
            }
            None => Some(Err(GivenUp)),
        }
    }
}

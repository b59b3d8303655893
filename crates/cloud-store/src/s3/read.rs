//! An object's bytes, read on after a cut.

use std::ops::Range;

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::{AggregatedBytes, ByteStream};
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream;

use super::fault::Fault;
use super::{ATTEMPTS, Bucket, meta};
use crate::StoreError;
use crate::port::{Backend as _, ObjectMeta, ObjectStream, Version};

/// The object's description and its bytes.
pub(super) async fn read(
    bucket: Bucket,
    key: &str,
) -> Result<(ObjectMeta, ObjectStream), StoreError> {
    let answer = get(&bucket, key, None, None).await?;
    let size_bytes = answer.content_length().unwrap_or_default().cast_unsigned();
    let meta = meta(key, size_bytes, answer.e_tag());
    let reader = Reader {
        bucket,
        meta: meta.clone(),
        position: 0,
        attempts: 1,
        body: answer.body,
    };
    let chunks = stream::try_unfold(reader, |mut reader| async move {
        Ok(reader.next().await?.map(|chunk| (chunk, reader)))
    });
    Ok((meta, chunks.boxed()))
}

/// The bytes of `range`, cut to the object's size.
pub(super) async fn read_range(
    bucket: &Bucket,
    key: &str,
    range: Range<u64>,
) -> Result<Bytes, StoreError> {
    let fault = Fault::reading(bucket, key);
    let Some(last) = range.end.checked_sub(1).filter(|last| *last >= range.start) else {
        let found = bucket.head(key).await?;
        return found.map(|_| Bytes::new()).ok_or_else(|| fault.not_found());
    };
    let request = bucket
        .0
        .client
        .get_object()
        .bucket(&bucket.0.bucket)
        .key(key);
    match request
        .range(format!("bytes={}-{last}", range.start))
        .send()
        .await
    {
        Ok(answer) => {
            let content = answer.body.collect().await;
            content
                .map(AggregatedBytes::into_bytes)
                .map_err(|error| fault.interrupted(error))
        }
        // The range starts behind the object's end.
        Err(error)
            if error
                .raw_response()
                .is_some_and(|r| r.status().as_u16() == 416) =>
        {
            Ok(Bytes::new())
        }
        Err(error) => Err(fault.service(&error)),
    }
}

async fn get(
    bucket: &Bucket,
    key: &str,
    range: Option<String>,
    version: Option<Version>,
) -> Result<GetObjectOutput, StoreError> {
    let request = bucket
        .0
        .client
        .get_object()
        .bucket(&bucket.0.bucket)
        .key(key);
    let request = request
        .set_range(range)
        .set_if_match(version.map(|Version(tag)| tag));
    request
        .send()
        .await
        .map_err(|error| Fault::reading(bucket, key).service(&error))
}

/// Where a reader is. It goes on only in the version that it opened.
struct Reader {
    bucket: Bucket,
    meta: ObjectMeta,
    position: u64,
    attempts: u32,
    body: ByteStream,
}

impl Reader {
    /// The next chunk. The client compares the checksum of a whole object at its end.
    async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        loop {
            let is_complete = self.position == self.meta.size_bytes;
            let fault = Fault::reading(&self.bucket, &self.meta.key);
            let cut: Box<dyn std::error::Error + Send + Sync> = match self.body.next().await {
                Some(Ok(chunk)) => {
                    self.position += chunk.len() as u64;
                    return Ok(Some(chunk));
                }
                None if is_complete => return Ok(None),
                None => "the answer ended before the object".into(),
                Some(Err(error)) => error.into(),
            };
            if is_complete || self.attempts == ATTEMPTS {
                return Err(fault.interrupted(cut));
            }
            self.attempts += 1;
            tracing::warn!(attempt = self.attempts, error = %cut, "reading on after a cut");
            let range = format!("bytes={}-", self.position);
            let version = self.meta.version.clone();
            self.body = get(&self.bucket, &self.meta.key, Some(range), Some(version))
                .await?
                .body;
        }
    }
}

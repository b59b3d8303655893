//! An object of unknown size on its way to the bucket.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumType, CompletedMultipartUpload, CompletedPart};
use bytes::{Bytes, BytesMut};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;

use super::fault::Fault;
use super::{Bucket, Checksum, condition};
use crate::StoreError;
use crate::port::{BackendUpload, ObjectMeta, Put};

/// The size of a part, which is also what is kept in memory. A smaller object is written in one
/// request.
///
/// **Source**: Amazon S3 User Guide, "Multipart upload limits": at least 5 MiB.
const PART_BYTES: usize = 8 * 1024 * 1024;

/// The most parts of an object, so an object has at most 78 GiB here.
///
/// **Source**: as above.
const MOST_PARTS: i32 = 10_000;

/// An object that is being written; dropping it aborts the multipart upload.
pub(super) struct BucketUpload {
    bucket: Bucket,
    key: String,
    put: Put,
    buffer: BytesMut,
    multipart: Option<Multipart>,
}

impl BucketUpload {
    pub(super) fn new(bucket: Bucket, key: &str, put: &Put) -> Self {
        let (key, put) = (key.to_owned(), put.clone());
        Self {
            bucket,
            key,
            put,
            buffer: BytesMut::new(),
            multipart: None,
        }
    }

    async fn append(&mut self, mut chunk: Bytes) -> Result<(), StoreError> {
        while !chunk.is_empty() {
            let part = chunk.split_to(chunk.len().min(PART_BYTES - self.buffer.len()));
            self.buffer.extend_from_slice(&part);
            if self.buffer.len() == PART_BYTES {
                self.send_buffer().await?;
            }
        }
        Ok(())
    }

    async fn send_buffer(&mut self) -> Result<(), StoreError> {
        if self.multipart.is_none() {
            self.multipart = Some(Multipart::begin(&self.bucket, &self.key, &self.put).await?);
        }
        let content = self.buffer.split().freeze();
        match &mut self.multipart {
            Some(multipart) => multipart.send(content).await,
            None => Ok(()),
        }
    }
}

impl BackendUpload for BucketUpload {
    fn write(&mut self, chunk: Bytes) -> BoxFuture<'_, Result<(), StoreError>> {
        self.append(chunk).boxed()
    }

    fn finish(mut self: Box<Self>) -> BoxFuture<'static, Result<ObjectMeta, StoreError>> {
        async move {
            let rest = self.buffer.split().freeze();
            let Some(mut multipart) = self.multipart.take() else {
                return self.bucket.write_whole(&self.key, rest, &self.put).await;
            };
            let written = multipart.send_last(rest, &self.put).await;
            if written.is_err() {
                multipart.abort().await;
            }
            written
        }
        .boxed()
    }

    fn abort(mut self: Box<Self>) -> BoxFuture<'static, ()> {
        async move {
            if let Some(mut multipart) = self.multipart.take() {
                multipart.abort().await;
            }
        }
        .boxed()
    }
}

/// A multipart upload that the service keeps, and charges for, until it is completed or aborted.
struct Multipart {
    bucket: Bucket,
    key: String,
    /// `None` once it was completed or aborted.
    id: Option<String>,
    parts: Vec<CompletedPart>,
    size_bytes: u64,
    checksum: Checksum,
}

impl Multipart {
    async fn begin(bucket: &Bucket, key: &str, put: &Put) -> Result<Self, StoreError> {
        let request = bucket
            .0
            .client
            .create_multipart_upload()
            .bucket(&bucket.0.bucket)
            .key(key);
        let answer = request
            .content_type(put.content_type)
            .checksum_algorithm(ChecksumAlgorithm::Crc32)
            .checksum_type(ChecksumType::FullObject)
            .send()
            .await
            .map_err(|error| Fault::writing(bucket, key).service(&error))?;
        let (bucket, key, id) = (bucket.clone(), key.to_owned(), answer.upload_id);
        let checksum = Checksum::default();
        Ok(Self {
            bucket,
            key,
            id,
            parts: Vec::new(),
            size_bytes: 0,
            checksum,
        })
    }

    async fn send(&mut self, content: Bytes) -> Result<(), StoreError> {
        let number = i32::try_from(self.parts.len()).map_or(MOST_PARTS, |sent| sent) + 1;
        if number > MOST_PARTS {
            let repair = "an object has at most 10,000 parts of 8 MiB: divide what is written";
            return Err(self
                .fault()
                .refused(repair, "the object is larger than 78 GiB"));
        }
        let checksum = Checksum::of(&content);
        let length = content.len() as u64;
        let client = &self.bucket.0.client;
        let request = client
            .upload_part()
            .bucket(&self.bucket.0.bucket)
            .key(&self.key);
        let request = request
            .set_upload_id(self.id.clone())
            .part_number(number)
            .checksum_crc32(checksum.base64())
            .body(ByteStream::from(content));
        let answer = request.customize().disable_payload_signing().send().await;
        let answer = answer.map_err(|error| self.fault().service(&error))?;
        let part = CompletedPart::builder()
            .part_number(number)
            .set_e_tag(answer.e_tag);
        self.parts
            .push(part.checksum_crc32(checksum.base64()).build());
        self.checksum = self.checksum.followed_by(checksum, length);
        self.size_bytes += length;
        Ok(())
    }

    async fn send_last(&mut self, rest: Bytes, put: &Put) -> Result<ObjectMeta, StoreError> {
        if !rest.is_empty() {
            self.send(rest).await?;
        }
        self.complete(put).await
    }

    async fn complete(&mut self, put: &Put) -> Result<ObjectMeta, StoreError> {
        let (absent, version) = condition(&put.precondition);
        let parts = CompletedMultipartUpload::builder().set_parts(Some(self.parts.clone()));
        let client = &self.bucket.0.client;
        let request = client
            .complete_multipart_upload()
            .bucket(&self.bucket.0.bucket);
        let answer = request
            .key(&self.key)
            .set_upload_id(self.id.clone())
            .multipart_upload(parts.build())
            .checksum_type(ChecksumType::FullObject)
            .checksum_crc32(self.checksum.base64())
            .mpu_object_size(self.size_bytes.cast_signed())
            .set_if_none_match(absent)
            .set_if_match(version)
            .send()
            .await
            .map_err(|error| self.fault().service(&error))?;
        self.id = None;
        let (stored, tag) = (answer.checksum_crc32(), answer.e_tag());
        self.bucket
            .checked(&self.key, self.checksum, self.size_bytes, stored, tag)
            .await
    }

    async fn abort(&mut self) {
        if let Some(id) = self.id.take() {
            abort(self.bucket.clone(), self.key.clone(), id).await;
        }
    }

    fn fault(&self) -> Fault {
        Fault::writing(&self.bucket, &self.key)
    }
}

impl Drop for Multipart {
    fn drop(&mut self) {
        if let (Some(id), Ok(runtime)) = (self.id.take(), Handle::try_current()) {
            runtime.spawn(abort(self.bucket.clone(), self.key.clone(), id));
        }
    }
}

async fn abort(bucket: Bucket, key: String, id: String) {
    let request = bucket
        .0
        .client
        .abort_multipart_upload()
        .bucket(&bucket.0.bucket);
    match request.key(&key).upload_id(id).send().await {
        Ok(_) => {}
        Err(error) => {
            let error = Fault::writing(&bucket, &key).service(&error);
            tracing::warn!(%error, "a multipart upload could not be aborted; the bucket's rule will");
        }
    }
}

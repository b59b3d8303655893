//! A store in an Amazon S3 bucket.
//!
//! Every byte is covered by a CRC-32 that is computed here and checked by the service before
//! it answers: of the object, and of each part of a multipart upload.

mod fault;
mod read;
mod upload;

use std::ops::Range;
use std::sync::Arc;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder as ConfigBuilder;
use aws_sdk_s3::primitives::{ByteStream, DateTime};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use crc_fast::CrcAlgorithm::Crc32IsoHdlc;
use function_core::Env;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, Stream};
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;

use crate::StoreError;
use crate::port::{Backend, BackendUpload, ObjectMeta, ObjectStream, Precondition, Put, Version};
use fault::Fault;

/// How often a read is resumed before the fault is reported; a request is sent that often, too.
const ATTEMPTS: u32 = aws_client::OBJECT_ATTEMPTS;

/// Objects in a bucket. Clones share the connections.
#[derive(Clone)]
pub(crate) struct Bucket(Arc<Connection>);

struct Connection {
    client: Client,
    bucket: String,
}

impl Bucket {
    /// Connects to `bucket` as `aws_client::config` says; nothing is asked of it yet.
    pub(crate) async fn connect(bucket: &str, env: &Env) -> Self {
        let shared = aws_client::config(env, "S3").await;
        let config = ConfigBuilder::from(&shared)
            // An emulator has one name for all buckets.
            .force_path_style(shared.endpoint_url().is_some());
        let client = Client::from_conf(config.build());
        Self(Arc::new(Connection {
            client,
            bucket: bucket.to_owned(),
        }))
    }

    /// Writes `content` in one request.
    async fn write_whole(
        &self,
        key: &str,
        content: Bytes,
        put: &Put,
    ) -> Result<ObjectMeta, StoreError> {
        let checksum = Checksum::of(&content);
        let size_bytes = content.len() as u64;
        let (absent, version) = condition(&put.precondition);
        let request = self.0.client.put_object().bucket(&self.0.bucket).key(key);
        let request = request
            .set_if_none_match(absent)
            .set_if_match(version)
            .content_type(put.content_type)
            .checksum_crc32(checksum.base64())
            .body(ByteStream::from(content));
        // The checksum covers the content, so it need not be hashed for the signature as well.
        let answer = request.customize().disable_payload_signing().send().await;
        let answer = answer.map_err(|error| Fault::writing(self, key).service(&error))?;
        let (stored, tag) = (answer.checksum_crc32(), answer.e_tag());
        self.checked(key, checksum, size_bytes, stored, tag).await
    }

    /// What was written, its checksum compared with what the service says to have `stored`.
    async fn checked(
        &self,
        key: &str,
        sent: Checksum,
        size_bytes: u64,
        stored: Option<&str>,
        tag: Option<&str>,
    ) -> Result<ObjectMeta, StoreError> {
        let sent = sent.base64();
        match stored {
            Some(stored) if stored != sent => {
                self.remove_corrupt(key, tag).await;
                let detail = format!("sent with CRC-32 {sent}, stored with {stored}");
                Err(StoreError::Corrupt {
                    object: self.url(key),
                    detail,
                })
            }
            _ => Ok(meta(key, size_bytes, tag)),
        }
    }

    /// Nobody may take it for a good one. The tag: not what somebody wrote since.
    async fn remove_corrupt(&self, key: &str, tag: Option<&str>) {
        let request = self
            .0
            .client
            .delete_object()
            .bucket(&self.0.bucket)
            .key(key);
        if let Err(error) = request.set_if_match(tag.map(str::to_owned)).send().await {
            let error = Fault::deleting(self, key).service(&error);
            tracing::warn!(%error, "an object with the wrong content could not be removed");
        }
    }

    fn list_pages(
        &self,
        prefix: &str,
    ) -> impl Stream<Item = Result<ObjectMeta, StoreError>> + Send + use<'_> {
        let request = self
            .0
            .client
            .list_objects_v2()
            .bucket(&self.0.bucket)
            .prefix(prefix);
        let fault = Fault::listing(self, prefix);
        let pages = request.into_paginator().send();
        stream::try_unfold((pages, fault), |(mut pages, fault)| async move {
            let Some(page) = pages.next().await else {
                return Ok(None);
            };
            let page = page.map_err(|error| fault.clone().service(&error))?;
            let objects: Vec<_> = page
                .contents()
                .iter()
                .map(|object| {
                    let size_bytes = object.size().unwrap_or_default().cast_unsigned();
                    let meta = meta(object.key().unwrap_or_default(), size_bytes, object.e_tag());
                    Ok(ObjectMeta {
                        modified: object.last_modified().and_then(timestamp),
                        ..meta
                    })
                })
                .collect();
            Ok(Some((stream::iter(objects), (pages, fault))))
        })
        .try_flatten()
    }

    fn url(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.0.bucket)
    }
}

/// The values of `If-None-Match` and `If-Match`.
fn condition(precondition: &Precondition) -> (Option<String>, Option<String>) {
    match precondition {
        Precondition::None => (None, None),
        Precondition::Absent => (Some("*".to_owned()), None),
        Precondition::Version(Version(tag)) => (None, Some(tag.clone())),
    }
}

/// The version is the entity tag with its quotes, as the service writes and wants it.
fn meta(key: &str, size_bytes: u64, tag: Option<&str>) -> ObjectMeta {
    let version = Version(tag.unwrap_or_default().to_owned());
    ObjectMeta {
        key: key.to_owned(),
        size_bytes,
        version,
        modified: None,
    }
}

/// To the microsecond; S3 tells milliseconds.
fn timestamp(time: &DateTime) -> Option<Timestamp> {
    let micros = time.as_nanos() / 1000;
    Timestamp::from_microsecond(i64::try_from(micros).ok()?).ok()
}

/// The CRC-32 of some bytes, in the low half.
///
/// Not CRC-64/NVME, which S3 offers as well: what only speaks like S3 often knows this one alone.
#[derive(Clone, Copy, Default)]
struct Checksum(u64);

impl Checksum {
    fn of(content: &[u8]) -> Self {
        Self(crc_fast::checksum(Crc32IsoHdlc, content))
    }

    /// The checksum of what this one covers, followed by `length` bytes with the checksum `next`.
    fn followed_by(self, next: Self, length: u64) -> Self {
        Self(crc_fast::checksum_combine(
            Crc32IsoHdlc,
            self.0,
            next.0,
            length,
        ))
    }

    fn base64(self) -> String {
        let [_, _, _, _, bytes @ ..] = self.0.to_be_bytes();
        BASE64_STANDARD.encode(bytes)
    }
}

impl Backend for Bucket {
    fn put<'a>(
        &'a self,
        key: &'a str,
        content: Bytes,
        put: &'a Put,
    ) -> BoxFuture<'a, Result<ObjectMeta, StoreError>> {
        self.write_whole(key, content, put).boxed()
    }

    fn upload<'a>(
        &'a self,
        key: &'a str,
        put: &'a Put,
    ) -> BoxFuture<'a, Result<Box<dyn BackendUpload>, StoreError>> {
        let upload = upload::BucketUpload::new(self.clone(), key, put);
        async move { Ok(Box::new(upload) as Box<dyn BackendUpload>) }.boxed()
    }

    fn get<'a>(
        &'a self,
        key: &'a str,
    ) -> BoxFuture<'a, Result<(ObjectMeta, ObjectStream), StoreError>> {
        read::read(self.clone(), key).boxed()
    }

    fn get_range<'a>(
        &'a self,
        key: &'a str,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Bytes, StoreError>> {
        read::read_range(self, key, range).boxed()
    }

    fn head<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<ObjectMeta>, StoreError>> {
        async move {
            let request = self.0.client.head_object().bucket(&self.0.bucket).key(key);
            match request
                .send()
                .await
                .map_err(|error| Fault::reading(self, key).service(&error))
            {
                Ok(found) => {
                    let size_bytes = found.content_length().unwrap_or_default().cast_unsigned();
                    Ok(Some(meta(key, size_bytes, found.e_tag())))
                }
                Err(StoreError::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        }
        .boxed()
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxStream<'a, Result<ObjectMeta, StoreError>> {
        self.list_pages(prefix).boxed()
    }

    fn delete<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            let request = self
                .0
                .client
                .delete_object()
                .bucket(&self.0.bucket)
                .key(key);
            match request
                .send()
                .await
                .map_err(|error| Fault::deleting(self, key).service(&error))
            {
                Ok(_) | Err(StoreError::NotFound { .. }) => Ok(()),
                Err(error) => Err(error),
            }
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksums_of_parts_combine_to_that_of_the_whole() {
        let (one, other) = ([1; 1000], [2; 777]);
        let combined = Checksum::of(&one).followed_by(Checksum::of(&other), 777);
        let whole = [&one[..], &other[..]].concat();
        assert_eq!(combined.base64(), Checksum::of(&whole).base64());
        // The check value of the algorithm's catalogue: 0xcbf43926.
        assert_eq!(Checksum::of(b"123456789").base64(), "y/Q5Jg==");
    }
}

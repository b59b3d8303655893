//! A store in a Cloud Storage bucket.
//!
//! Bytes go through Google's own client ([`Storage`], the JSON API): it writes, resumes, and checks
//! CRC32C. What that client offers over gRPC only (describe, list, delete) is in [`objects`].

mod fault;
mod objects;
mod upload;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use function_core::Env;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use google_cloud_auth::credentials::{Builder as DefaultCredentials, Credentials, anonymous};
use google_cloud_gax::exponential_backoff::ExponentialBackoffBuilder;
use google_cloud_gax::retry_policy::RetryPolicyExt as _;
use google_cloud_storage::builder::storage::WriteObject;
use google_cloud_storage::client::Storage;
use google_cloud_storage::model::Object;
use google_cloud_storage::model_ext::ReadRange;
use google_cloud_storage::read_object::ReadObjectResponse;
use google_cloud_storage::read_resume_policy::{ReadResumePolicyExt as _, Recommended};
use google_cloud_storage::retry_policy::RetryableErrors;
use google_cloud_storage::streaming_source::Payload;

use crate::StoreError;
use crate::port::{Backend, BackendUpload, ObjectMeta, ObjectStream, Precondition, Put, Version};
use fault::Fault;
use objects::Objects;

const ENDPOINT: &str = "https://storage.googleapis.com";
const SCOPE: &str = "https://www.googleapis.com/auth/devstorage.read_write";

/// How often a request is sent, and an upload or a read resumed, before the fault is reported.
const ATTEMPTS: u32 = 10;
/// The bound of the first delay between attempts, and of the longest: all ten take up to 40 s.
const FIRST_DELAY: Duration = Duration::from_millis(100);
const LONGEST_DELAY: Duration = Duration::from_secs(10);
/// How long the service may be silent: more than all attempts together.
const PATIENCE: Duration = Duration::from_mins(5);

/// Objects in a bucket. Clones share the connections.
#[derive(Clone)]
pub(crate) struct Bucket(Arc<Connection>);

struct Connection {
    bucket: String,
    storage: Storage,
    objects: Objects,
}

impl Bucket {
    /// Connects to `bucket` with the application's default credentials; with
    /// `STORAGE_EMULATOR_HOST` in `env`, to that emulator and with none.
    pub(crate) async fn connect(bucket: &str, env: &Env) -> Result<Self, StoreError> {
        let emulator = env.get("STORAGE_EMULATOR_HOST").map(with_scheme);
        let credentials = credentials(emulator.is_some())
            .map_err(|error| Fault::opening(bucket).no_credentials(error))?;
        let endpoint = emulator.unwrap_or_else(|| ENDPOINT.to_owned());
        let storage = storage(&endpoint, credentials.clone())
            .await
            .map_err(|error| Fault::opening(bucket).no_client(error))?;
        let objects = Objects::new(bucket, &endpoint, credentials)?;
        // Who has no credentials learns it now, and not from the first of many requests.
        objects.authorization(&Fault::opening(bucket)).await?;
        let bucket = bucket.to_owned();
        Ok(Self(Arc::new(Connection {
            bucket,
            storage,
            objects,
        })))
    }

    /// Begins the request that writes `payload`. It may be repeated: the bytes are the same.
    fn write<P, S>(&self, key: &str, payload: P, put: &Put) -> Result<WriteObject<S>, StoreError>
    where
        P: Into<Payload<S>>,
    {
        let Connection {
            bucket, storage, ..
        } = &*self.0;
        let request = storage
            .write_object(format!("projects/_/buckets/{bucket}"), key, payload)
            .set_content_type(put.content_type)
            .with_idempotency(true);
        Ok(match &put.precondition {
            Precondition::None => request,
            Precondition::Absent => request.set_if_generation_match(0),
            Precondition::Version(version) => {
                request.set_if_generation_match(self.generation(key, version)?)
            }
        })
    }

    /// Writes `content` in one request.
    async fn write_whole(
        &self,
        key: &str,
        content: Bytes,
        put: &Put,
    ) -> Result<ObjectMeta, StoreError> {
        let sent = Sent {
            bytes: content.len() as u64,
            crc32c: crc32c::crc32c(&content),
        };
        let request = self
            .write(key, content, put)?
            .with_known_crc32c(sent.crc32c);
        // The client's future has 30 kB.
        let answer = Box::pin(request.send_unbuffered()).await;
        self.checked(key, sent, answer).await
    }

    /// What the service stored, compared with what was sent; a difference is removed.
    async fn checked(
        &self,
        key: &str,
        sent: Sent,
        answer: google_cloud_storage::Result<Object>,
    ) -> Result<ObjectMeta, StoreError> {
        let object = match answer {
            Ok(object) => object,
            Err(error) => match fault::stored_wrong(&error) {
                Some(object) => object.clone(),
                None => return Err(Fault::writing(self, key).client(&error)),
            },
        };
        let stored_crc32c = object.checksums.and_then(|checksums| checksums.crc32c);
        let stored_bytes = u64::try_from(object.size).unwrap_or_default();
        if stored_bytes == sent.bytes && stored_crc32c.is_none_or(|stored| stored == sent.crc32c) {
            return Ok(meta(key, stored_bytes, object.generation));
        }
        // Nobody may take it for a good one. The generation: not what somebody wrote since.
        if let Err(error) = self.0.objects.delete(key, Some(object.generation)).await {
            tracing::warn!(%error, "an object with the wrong content could not be removed");
        }
        Err(StoreError::Corrupt {
            object: self.url(key),
            detail: format!(
                "sent {} bytes with CRC32C {:08x}, stored {stored_bytes} bytes with CRC32C {:08x}",
                sent.bytes,
                sent.crc32c,
                stored_crc32c.unwrap_or_default(),
            ),
        })
    }

    /// A version of another store can't be the current one.
    fn generation(&self, key: &str, version: &Version) -> Result<i64, StoreError> {
        let Version(generation) = version;
        generation.parse().map_err(|_| StoreError::Precondition {
            object: self.url(key),
        })
    }

    async fn read(
        &self,
        key: &str,
        range: ReadRange,
    ) -> google_cloud_storage::Result<ReadObjectResponse> {
        let Connection {
            bucket, storage, ..
        } = &*self.0;
        storage
            .read_object(format!("projects/_/buckets/{bucket}"), key)
            .set_read_range(range)
            .send()
            .await
    }

    fn url(&self, key: &str) -> String {
        format!("gs://{}/{key}", self.0.bucket)
    }
}

/// What was sent, to compare with what is stored.
#[derive(Clone, Copy, Debug, Default)]
struct Sent {
    bytes: u64,
    crc32c: u32,
}

fn with_scheme(host: &str) -> String {
    let host = host.trim_end_matches('/');
    if host.contains("://") {
        host.to_owned()
    } else {
        format!("http://{host}")
    }
}

fn credentials(anonymous: bool) -> Result<Credentials, google_cloud_auth::build_errors::Error> {
    if anonymous {
        return Ok(anonymous::Builder::new().build());
    }
    DefaultCredentials::default().with_scopes([SCOPE]).build()
}

async fn storage(
    endpoint: &str,
    credentials: Credentials,
) -> Result<Storage, google_cloud_gax::client_builder::Error> {
    let backoff = ExponentialBackoffBuilder::new()
        .with_initial_delay(FIRST_DELAY)
        .with_maximum_delay(LONGEST_DELAY)
        .clamp();
    Storage::builder()
        .with_endpoint(endpoint)
        .with_credentials(credentials)
        // Not the client's own limit of 300 s: it counts from the upload's first byte, and an
        // upload lasts as long as its source.
        .with_retry_policy(RetryableErrors.with_attempt_limit(ATTEMPTS))
        .with_backoff_policy(backoff)
        .with_read_resume_policy(Recommended.with_attempt_limit(ATTEMPTS))
        .build()
        .await
}

fn meta(key: &str, size_bytes: u64, generation: i64) -> ObjectMeta {
    ObjectMeta {
        key: key.to_owned(),
        size_bytes,
        version: Version(generation.to_string()),
        modified: None,
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
        async move {
            let fault = Fault::reading(self, key);
            let response = match self.read(key, ReadRange::all()).await {
                Ok(response) => response,
                Err(error) => return Err(fault.client(&error)),
            };
            let object = response.object();
            let size_bytes = u64::try_from(object.size).unwrap_or_default();
            let mut found = meta(key, size_bytes, object.generation);
            // The header may be missing: emulators leave it out.
            if size_bytes == 0 {
                let described = self.0.objects.head(key).await?;
                found = described
                    .filter(|now| now.version == found.version)
                    .unwrap_or(found);
            }
            Ok((found, chunks(response, fault)))
        }
        .boxed()
    }

    fn get_range<'a>(
        &'a self,
        key: &'a str,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Bytes, StoreError>> {
        async move {
            let fault = Fault::reading(self, key);
            let length = range.end.saturating_sub(range.start);
            if length == 0 {
                let found = self.0.objects.head(key).await?;
                return found.map(|_| Bytes::new()).ok_or_else(|| fault.not_found());
            }
            match self
                .read(key, ReadRange::segment(range.start, length))
                .await
            {
                Ok(response) => {
                    let content = chunks(response, fault).try_collect::<Vec<_>>().await?;
                    Ok(content.concat().into())
                }
                // The range starts behind the object's end.
                Err(error) if error.http_status_code() == Some(416) => Ok(Bytes::new()),
                Err(error) => Err(fault.client(&error)),
            }
        }
        .boxed()
    }

    fn head<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<ObjectMeta>, StoreError>> {
        self.0.objects.head(key).boxed()
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxStream<'a, Result<ObjectMeta, StoreError>> {
        self.0.objects.list(prefix).boxed()
    }

    fn delete<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        self.0.objects.delete(key, None).boxed()
    }
}

/// The object's bytes. The client goes on at the same generation after a cut, and compares the
/// CRC32C of a whole object at its end.
fn chunks(response: ReadObjectResponse, fault: Fault) -> ObjectStream {
    stream::try_unfold((response, fault), |(mut response, fault)| async move {
        match tokio::time::timeout(PATIENCE, response.next()).await {
            Ok(None) => Ok(None),
            Ok(Some(Ok(chunk))) => Ok(Some((chunk, (response, fault)))),
            Ok(Some(Err(error))) => Err(fault.client(&error)),
            Err(silence) => Err(fault.interrupted(silence)),
        }
    })
    .boxed()
}

//! The port: what every store can do, and nothing more.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use function_core::Env;
use futures_util::TryStreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Address, Memory, StoreError, key};

/// A folder of objects. Cloning is cheap.
#[derive(Clone)]
pub struct Store {
    address: Address,
    backend: Arc<dyn Backend>,
}

/// What a store's service must be able to do. Keys are whole: the store's prefix is in them.
pub trait Backend: Send + Sync {
    /// Writes `content` at once.
    fn put<'a>(
        &'a self,
        key: &'a str,
        content: Bytes,
        put: &'a Put,
    ) -> BoxFuture<'a, Result<ObjectMeta, StoreError>>;

    /// Begins to write an object of unknown size.
    fn upload<'a>(
        &'a self,
        key: &'a str,
        put: &'a Put,
    ) -> BoxFuture<'a, Result<Box<dyn BackendUpload>, StoreError>>;

    /// The object's description and its bytes. A reader keeps the version that it opened.
    fn get<'a>(
        &'a self,
        key: &'a str,
    ) -> BoxFuture<'a, Result<(ObjectMeta, ObjectStream), StoreError>>;

    /// The bytes of `range`, cut to the object's size.
    fn get_range<'a>(
        &'a self,
        key: &'a str,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Bytes, StoreError>>;

    /// The object's description, or `None` where there is none.
    fn head<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<ObjectMeta>, StoreError>>;

    /// The objects whose keys start with `prefix`, in the order of their keys, page by page.
    fn list<'a>(&'a self, prefix: &'a str) -> BoxStream<'a, Result<ObjectMeta, StoreError>>;

    /// Removes the object; one that is not there is removed already.
    fn delete<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), StoreError>>;
}

/// An object that is being written. Dropping it must leave nothing visible.
pub trait BackendUpload: Send {
    /// Adds `chunk`; waits while the service is slower than the writer.
    fn write(&mut self, chunk: Bytes) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Publishes the object.
    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<ObjectMeta, StoreError>>;

    /// Gives up and removes what the service holds so far.
    fn abort(self: Box<Self>) -> BoxFuture<'static, ()>;
}

/// An object's bytes, in chunks.
pub type ObjectStream = BoxStream<'static, Result<Bytes, StoreError>>;

/// What a store tells of an object. Two descriptions are equal when they are of the same version of the same object.
#[derive(Clone, Debug)]
pub struct ObjectMeta {
    /// The key, relative to the store.
    pub key: String,
    /// The size in bytes.
    pub size_bytes: u64,
    /// What changes whenever the object is written.
    pub version: Version,
    /// When it was written, as a listing tells it; `None` in other descriptions, which do not tell it alike.
    pub modified: Option<Timestamp>,
}

impl PartialEq for ObjectMeta {
    fn eq(&self, other: &Self) -> bool {
        (&self.key, self.size_bytes, &self.version)
            == (&other.key, other.size_bytes, &other.version)
    }
}

impl Eq for ObjectMeta {}

/// An object's version as its service tells it: a generation, an entity tag. Opaque.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub String);

/// How to write an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Put {
    /// The media type, such as `text/csv; charset=utf-8`.
    pub content_type: &'static str,
    /// What must hold for the write to happen.
    pub precondition: Precondition,
}

/// What must hold of the object that is there, at the moment the new one is published.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Precondition {
    /// Nothing: replace it.
    #[default]
    None,
    /// There is none: create only.
    Absent,
    /// It is still this version: replace what was seen.
    Version(Version),
}

impl Put {
    /// Creates or replaces an object of `content_type`.
    pub fn new(content_type: &'static str) -> Self {
        Self {
            content_type,
            precondition: Precondition::None,
        }
    }

    /// Create only.
    #[must_use]
    pub fn absent(mut self) -> Self {
        self.precondition = Precondition::Absent;
        self
    }

    /// Only if the object is still as it was seen: `None` means that there was none.
    #[must_use]
    pub fn unchanged(mut self, seen: Option<Version>) -> Self {
        self.precondition = seen.map_or(Precondition::Absent, Precondition::Version);
        self
    }
}

impl Store {
    /// Opens the store at `address`: `gs://bucket/prefix`, `s3://bucket/prefix`, `file:///folder` or a path.
    ///
    /// `env` may carry `STORAGE_EMULATOR_HOST` and `AWS_ENDPOINT_URL`.
    ///
    /// # Errors
    /// The address is none of a store, this binary was built without that store, or there are no
    /// credentials for it.
    pub async fn open(address: &str, env: &Env) -> Result<Self, StoreError> {
        let address: Address = address.parse()?;
        let backend = address.connect(env).await?;
        Ok(Self { address, backend })
    }

    /// A store in memory.
    pub fn memory(memory: Memory) -> Self {
        Self::from_backend(Address::memory(), Arc::new(memory))
    }

    /// A store at `address` that is served by `backend`.
    pub fn from_backend(address: Address, backend: Arc<dyn Backend>) -> Self {
        Self { address, backend }
    }

    pub(crate) fn into_parts(self) -> (Address, Arc<dyn Backend>) {
        (self.address, self.backend)
    }

    /// The same store seen from a folder below: keys are relative to `folder`.
    #[must_use]
    pub fn folder(&self, folder: &str) -> Self {
        Self {
            address: self.address.join(folder),
            backend: Arc::clone(&self.backend),
        }
    }

    /// The store's address.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The whole address of an object, for people and manifests.
    pub fn url(&self, key: &str) -> String {
        self.address.url(key)
    }

    /// Writes `content` at once.
    ///
    /// # Errors
    /// The write was refused or interrupted, or the precondition did not hold.
    pub async fn put(
        &self,
        key: &str,
        content: impl Into<Bytes>,
        put: &Put,
    ) -> Result<ObjectMeta, StoreError> {
        let meta = self
            .backend
            .put(&self.key(key)?, content.into(), put)
            .await?;
        Ok(self.relative(meta))
    }

    /// Begins to stream an object.
    ///
    /// # Errors
    /// The write was refused or interrupted, or the precondition can't hold any more.
    pub async fn upload(&self, key: &str, put: &Put) -> Result<Upload, StoreError> {
        let backend = self.backend.upload(&self.key(key)?, put).await?;
        Ok(Upload {
            backend,
            store: self.clone(),
            object: self.url(key),
            broken: false,
        })
    }

    /// The object's description and its bytes; a reader keeps the version that it opened.
    ///
    /// # Errors
    /// There is no such object, or it can't be read.
    pub async fn get(&self, key: &str) -> Result<(ObjectMeta, ObjectStream), StoreError> {
        let (meta, stream) = self.backend.get(&self.key(key)?).await?;
        Ok((self.relative(meta), stream))
    }

    /// The whole object, for small ones, or `None` where there is none.
    ///
    /// # Errors
    /// The object can't be read.
    pub async fn read(&self, key: &str) -> Result<Option<(ObjectMeta, Vec<u8>)>, StoreError> {
        let (meta, mut stream) = match self.get(key).await {
            Ok(found) => found,
            Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut content = Vec::new();
        while let Some(chunk) = stream.try_next().await? {
            content.extend_from_slice(&chunk);
        }
        Ok(Some((meta, content)))
    }

    /// The bytes of `range`, cut to the object's size.
    ///
    /// # Errors
    /// There is no such object, or it can't be read.
    pub async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Bytes, StoreError> {
        self.backend.get_range(&self.key(key)?, range).await
    }

    /// The object's description, or `None` where there is none.
    ///
    /// # Errors
    /// The store can't be asked.
    pub async fn head(&self, key: &str) -> Result<Option<ObjectMeta>, StoreError> {
        let meta = self.backend.head(&self.key(key)?).await?;
        Ok(meta.map(|meta| self.relative(meta)))
    }

    /// The objects whose keys start with `prefix`, in the order of their keys.
    ///
    /// # Errors
    /// The store can't be listed.
    pub async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>, StoreError> {
        let whole = self.address.key(prefix);
        key::check_prefix(&whole)?;
        self.backend
            .list(&whole)
            .map_ok(|meta| self.relative(meta))
            .try_collect()
            .await
    }

    /// Removes the object; one that is not there is removed already.
    ///
    /// # Errors
    /// The removal was refused or interrupted.
    pub async fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.backend.delete(&self.key(key)?).await
    }

    /// The whole key of an object, checked.
    fn key(&self, key: &str) -> Result<String, StoreError> {
        let whole = self.address.key(key);
        key::check(&whole)?;
        Ok(whole)
    }

    fn relative(&self, meta: ObjectMeta) -> ObjectMeta {
        ObjectMeta {
            key: self.address.relative(&meta.key).to_owned(),
            ..meta
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Store")
            .field(&self.address)
            .finish_non_exhaustive()
    }
}

/// An object that is being written; invisible until [`Upload::finish`].
pub struct Upload {
    backend: Box<dyn BackendUpload>,
    store: Store,
    /// The object's address.
    object: String,
    /// A write failed, or was given up half-way: what follows would leave a gap.
    broken: bool,
}

impl Upload {
    /// Adds `chunk`; waits while the service is slower than the writer.
    ///
    /// # Errors
    /// The write was refused or interrupted. The upload can then only be aborted or dropped; the
    /// same holds when this future was dropped before its end.
    pub async fn write(&mut self, chunk: impl Into<Bytes>) -> Result<(), StoreError> {
        self.check_whole()?;
        self.broken = true;
        self.backend.write(chunk.into()).await?;
        self.broken = false;
        Ok(())
    }

    /// Publishes the object.
    ///
    /// # Errors
    /// The write was refused or interrupted, what arrived is not what was sent, or the
    /// precondition did not hold.
    pub async fn finish(self) -> Result<ObjectMeta, StoreError> {
        self.check_whole()?;
        let meta = self.backend.finish().await?;
        Ok(self.store.relative(meta))
    }

    /// Gives up and removes what the service holds so far.
    pub async fn abort(self) {
        self.backend.abort().await;
    }

    fn check_whole(&self) -> Result<(), StoreError> {
        if !self.broken {
            return Ok(());
        }
        Err(StoreError::Interrupted {
            operation: "writing",
            object: self.object.clone(),
            source: "an earlier part was not written to its end".into(),
        })
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Upload")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

//! A store in memory, for tests.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt as _, StreamExt as _};

use crate::StoreError;
use crate::port::{Backend, BackendUpload, ObjectMeta, ObjectStream, Precondition, Put, Version};

/// Objects in memory. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Mutex<Objects>>);

#[derive(Debug, Default)]
struct Objects {
    writes: u64,
    by_key: BTreeMap<String, (Version, Bytes)>,
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn with<T>(&self, work: impl FnOnce(&mut Objects) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, key: &str, content: Bytes, put: &Put) -> Result<ObjectMeta, StoreError> {
        self.with(|objects| {
            let held = match (&put.precondition, objects.by_key.get(key)) {
                (Precondition::None, _) | (Precondition::Absent, None) => true,
                (Precondition::Version(seen), Some((version, _))) => seen == version,
                (Precondition::Absent, Some(_)) | (Precondition::Version(_), None) => false,
            };
            if !held {
                return Err(StoreError::Precondition { object: url(key) });
            }
            objects.writes += 1;
            let version = Version(objects.writes.to_string());
            let meta = describe(key, &version, &content);
            objects.by_key.insert(key.to_owned(), (version, content));
            Ok(meta)
        })
    }

    fn find(&self, key: &str) -> Result<(ObjectMeta, Bytes), StoreError> {
        self.with(|objects| {
            let (version, content) = objects
                .by_key
                .get(key)
                .ok_or_else(|| StoreError::NotFound { object: url(key) })?;
            Ok((describe(key, version, content), content.clone()))
        })
    }
}

fn url(key: &str) -> String {
    format!("memory:{key}")
}

fn describe(key: &str, version: &Version, content: &Bytes) -> ObjectMeta {
    ObjectMeta {
        key: key.to_owned(),
        size_bytes: content.len() as u64,
        version: version.clone(),
        modified: None,
    }
}

impl Backend for Memory {
    fn put<'a>(
        &'a self,
        key: &'a str,
        content: Bytes,
        put: &'a Put,
    ) -> BoxFuture<'a, Result<ObjectMeta, StoreError>> {
        async move { self.write(key, content, put) }.boxed()
    }

    fn upload<'a>(
        &'a self,
        key: &'a str,
        put: &'a Put,
    ) -> BoxFuture<'a, Result<Box<dyn BackendUpload>, StoreError>> {
        let upload = MemoryUpload {
            memory: self.clone(),
            key: key.to_owned(),
            put: put.clone(),
            content: BytesMut::new(),
        };
        async move { Ok(Box::new(upload) as Box<dyn BackendUpload>) }.boxed()
    }

    fn get<'a>(
        &'a self,
        key: &'a str,
    ) -> BoxFuture<'a, Result<(ObjectMeta, ObjectStream), StoreError>> {
        async move {
            let (meta, content) = self.find(key)?;
            Ok((meta, stream::iter([Ok(content)]).boxed()))
        }
        .boxed()
    }

    fn get_range<'a>(
        &'a self,
        key: &'a str,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Bytes, StoreError>> {
        async move {
            let (_, content) = self.find(key)?;
            let cut =
                |at: u64| usize::try_from(at).map_or(content.len(), |at| at.min(content.len()));
            let (start, end) = (cut(range.start), cut(range.end));
            Ok(content.slice(start..end.max(start)))
        }
        .boxed()
    }

    fn head<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<ObjectMeta>, StoreError>> {
        async move { Ok(self.find(key).ok().map(|(meta, _)| meta)) }.boxed()
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxStream<'a, Result<ObjectMeta, StoreError>> {
        let found: Vec<_> = self.with(|objects| {
            objects
                .by_key
                .range(prefix.to_owned()..)
                .take_while(|(key, _)| key.starts_with(prefix))
                .map(|(key, (version, content))| Ok(describe(key, version, content)))
                .collect()
        });
        stream::iter(found).boxed()
    }

    fn delete<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            self.with(|objects| objects.by_key.remove(key));
            Ok(())
        }
        .boxed()
    }
}

struct MemoryUpload {
    memory: Memory,
    key: String,
    put: Put,
    content: BytesMut,
}

impl BackendUpload for MemoryUpload {
    fn write(&mut self, chunk: Bytes) -> BoxFuture<'_, Result<(), StoreError>> {
        self.content.extend_from_slice(&chunk);
        async { Ok(()) }.boxed()
    }

    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<ObjectMeta, StoreError>> {
        async move {
            self.memory
                .write(&self.key, self.content.freeze(), &self.put)
        }
        .boxed()
    }

    fn abort(self: Box<Self>) -> BoxFuture<'static, ()> {
        async {}.boxed()
    }
}

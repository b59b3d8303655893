//! A store that fails where a test says so.

use std::fmt;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use tokio::sync::oneshot;

use crate::port::{Backend, BackendUpload, ObjectMeta, ObjectStream, Put};
use crate::{Address, Store, StoreError};

/// A store that shows every step to a hook before it is taken, for tests of those who use stores.
///
/// The hook looks at the step, counts or draws lots, and lets it fail or hang. A run that hangs in
/// a step and is then dropped is a run that was killed there.
///
/// ```
/// # use std::sync::atomic::{AtomicU32, Ordering};
/// # use cloud_store::{Faulty, Memory, Step, Store};
/// # let store = Store::memory(Memory::new());
/// let writes = AtomicU32::new(0);
/// let store = Faulty::new(store, move |operation| {
///     let is_third = operation.step == Step::Write && writes.fetch_add(1, Ordering::Relaxed) == 2;
///     is_third.then(|| operation.disk_full())
/// })
/// .into_store();
/// ```
pub struct Faulty {
    address: Address,
    inner: Hooked,
}

/// A step that is about to be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// What is about to happen.
    pub step: Step,
    /// The whole key of the object, or the prefix of a list; the store's own prefix is in it.
    pub key: String,
}

/// What is about to happen to a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// An object is written at once.
    Put,
    /// An upload begins.
    Upload,
    /// A chunk is added to an upload.
    Write,
    /// An upload is published.
    Finish,
    /// A put or an upload was published, and its answer is on the way: a fault here is the loss of
    /// the answer.
    Published,
    /// An object is opened.
    Get,
    /// A chunk of an opened object is read.
    Read,
    /// A range of an object is read.
    GetRange,
    /// An object is described.
    Head,
    /// Objects are listed.
    List,
    /// An object is deleted.
    Delete,
}

/// What happens instead of the step.
#[derive(Debug)]
pub enum Fault {
    /// The step fails.
    Fail(StoreError),
    /// The step is not taken and never ends.
    Hang,
    /// The step is taken once the sender has sent or is gone: a process that stood still and woke up.
    Wait(oneshot::Receiver<()>),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Fail(error)
    }
}

impl Operation {
    /// The disk or the quota is full: a fault that lasts.
    pub fn disk_full(&self) -> StoreError {
        StoreError::Refused {
            operation: "writing",
            object: self.key.clone(),
            repair: "the disk is full: free some space".to_owned(),
            source: io::Error::from(io::ErrorKind::StorageFull).into(),
        }
    }

    /// The line was cut: a fault that passes.
    pub fn cut(&self) -> StoreError {
        StoreError::Interrupted {
            operation: "using",
            object: self.key.clone(),
            source: io::Error::from(io::ErrorKind::ConnectionReset).into(),
        }
    }
}

impl Faulty {
    /// `store` with a `hook` that sees every step first; `None` lets it happen.
    pub fn new<F: Into<Fault>>(
        store: Store,
        hook: impl Fn(&Operation) -> Option<F> + Send + Sync + 'static,
    ) -> Self {
        let (address, backend) = store.into_parts();
        let hook = Arc::new(move |operation: &Operation| hook(operation).map(Into::into));
        Self {
            address,
            inner: Hooked { backend, hook },
        }
    }

    /// The store to hand to whoever is tested.
    pub fn into_store(self) -> Store {
        Store::from_backend(self.address, Arc::new(self.inner))
    }
}

impl fmt::Debug for Faulty {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Faulty")
            .field(&self.address)
            .finish_non_exhaustive()
    }
}

struct Hooked {
    backend: Arc<dyn Backend>,
    hook: Arc<Hook>,
}

type Hook = dyn Fn(&Operation) -> Option<Fault> + Send + Sync;

/// Shows the step to the hook.
async fn pass(hook: &Hook, step: Step, key: &str) -> Result<(), StoreError> {
    match hook(&Operation {
        step,
        key: key.to_owned(),
    }) {
        None => Ok(()),
        Some(Fault::Fail(error)) => Err(error),
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::Wait(woken)) => {
            woken.await.ok();
            Ok(())
        }
    }
}

impl Backend for Hooked {
    fn put<'a>(
        &'a self,
        key: &'a str,
        content: Bytes,
        put: &'a Put,
    ) -> BoxFuture<'a, Result<ObjectMeta, StoreError>> {
        async move {
            pass(&*self.hook, Step::Put, key).await?;
            let meta = self.backend.put(key, content, put).await?;
            pass(&*self.hook, Step::Published, key).await?;
            Ok(meta)
        }
        .boxed()
    }

    fn upload<'a>(
        &'a self,
        key: &'a str,
        put: &'a Put,
    ) -> BoxFuture<'a, Result<Box<dyn BackendUpload>, StoreError>> {
        async move {
            pass(&*self.hook, Step::Upload, key).await?;
            let upload = self.backend.upload(key, put).await?;
            let hook = Arc::clone(&self.hook);
            let upload = HookedUpload {
                upload,
                hook,
                key: key.to_owned(),
            };
            Ok(Box::new(upload) as Box<dyn BackendUpload>)
        }
        .boxed()
    }

    fn get<'a>(
        &'a self,
        key: &'a str,
    ) -> BoxFuture<'a, Result<(ObjectMeta, ObjectStream), StoreError>> {
        async move {
            pass(&*self.hook, Step::Get, key).await?;
            let (meta, stream) = self.backend.get(key).await?;
            let hook = Arc::clone(&self.hook);
            let key = key.to_owned();
            let stream = stream.and_then(move |chunk| {
                let (hook, key) = (Arc::clone(&hook), key.clone());
                async move { pass(&*hook, Step::Read, &key).await.map(|()| chunk) }
            });
            Ok((meta, stream.boxed()))
        }
        .boxed()
    }

    fn get_range<'a>(
        &'a self,
        key: &'a str,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Bytes, StoreError>> {
        async move {
            pass(&*self.hook, Step::GetRange, key).await?;
            self.backend.get_range(key, range).await
        }
        .boxed()
    }

    fn head<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<ObjectMeta>, StoreError>> {
        async move {
            pass(&*self.hook, Step::Head, key).await?;
            self.backend.head(key).await
        }
        .boxed()
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxStream<'a, Result<ObjectMeta, StoreError>> {
        let listed = async move {
            pass(&*self.hook, Step::List, prefix).await?;
            Ok(self.backend.list(prefix))
        };
        stream::once(listed).try_flatten().boxed()
    }

    fn delete<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            pass(&*self.hook, Step::Delete, key).await?;
            self.backend.delete(key).await
        }
        .boxed()
    }
}

struct HookedUpload {
    upload: Box<dyn BackendUpload>,
    hook: Arc<Hook>,
    key: String,
}

impl BackendUpload for HookedUpload {
    fn write(&mut self, chunk: Bytes) -> BoxFuture<'_, Result<(), StoreError>> {
        async move {
            pass(&*self.hook, Step::Write, &self.key).await?;
            self.upload.write(chunk).await
        }
        .boxed()
    }

    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<ObjectMeta, StoreError>> {
        async move {
            let Self { upload, hook, key } = *self;
            pass(&*hook, Step::Finish, &key).await?;
            let meta = upload.finish().await?;
            pass(&*hook, Step::Published, &key).await?;
            Ok(meta)
        }
        .boxed()
    }

    fn abort(self: Box<Self>) -> BoxFuture<'static, ()> {
        self.upload.abort()
    }
}

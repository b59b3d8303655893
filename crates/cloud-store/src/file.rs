//! A store in a folder of the file system.
//!
//! An object is written to `.tasuki-partial/` beside its place, flushed to the disk, and renamed.
//! See [`partial`] for what makes the preconditions and the clean-up hold between processes.

mod fault;
mod partial;
mod walk;

use std::fs::{File, Metadata};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use function_core::Clock;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt as _, StreamExt as _};

use crate::StoreError;
use crate::port::{Backend, BackendUpload, ObjectMeta, ObjectStream, Put, Version};
use fault::Fault;
use partial::Partial;

/// What is collected in memory before a blocking thread is asked to write or read, in bytes.
const CHUNK_BYTES: usize = 256 * 1024;

/// Objects in a folder; a key's `/` are folders below it.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    root: Arc<Path>,
    clock: Clock,
}

/// An object's place: its key, its path, and its address for people.
#[derive(Clone, Debug)]
struct Place {
    key: String,
    path: PathBuf,
    object: String,
}

impl Folder {
    /// The store in `root`, which the first write creates.
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            root: root.into(),
            clock: Clock::system(),
        }
    }

    fn place(&self, key: &str) -> Result<Place, StoreError> {
        if key.split('/').any(|segment| segment == partial::FOLDER) {
            let rule = "`.tasuki-partial` is where unfinished objects are";
            return Err(StoreError::Key {
                key: key.to_owned(),
                rule,
            });
        }
        let object = format!("{}/{key}", self.root.display());
        Ok(Place {
            key: key.to_owned(),
            path: self.root.join(key),
            object,
        })
    }

    /// Begins a partial file for `key`.
    async fn begin(&self, key: &str, put: &Put) -> Result<FolderUpload, StoreError> {
        let place = self.place(key)?;
        let precondition = put.precondition.clone();
        let clock = self.clock.clone();
        let begin = move || Partial::begin(place, precondition, clock);
        let partial = Arc::new(blocking(begin).await?);
        Ok(FolderUpload {
            partial,
            buffer: BytesMut::new(),
        })
    }
}

impl Place {
    fn meta(&self, metadata: &Metadata) -> ObjectMeta {
        ObjectMeta {
            key: self.key.clone(),
            size_bytes: metadata.len(),
            version: version(metadata),
            modified: None,
        }
    }

    /// Opens the object for reading.
    fn open(&self) -> Result<(File, ObjectMeta), StoreError> {
        let fault = |error| Fault::reading(self).explain(error);
        let file = File::open(&self.path).map_err(fault)?;
        let metadata = file.metadata().map_err(fault)?;
        if metadata.is_dir() {
            return Err(StoreError::NotFound {
                object: self.object.clone(),
            });
        }
        Ok((file, self.meta(&metadata)))
    }
}

/// Every write sets a modification time of its own ([`partial`]); the inode and the size tell apart
/// what other programs write.
fn version(metadata: &Metadata) -> Version {
    let (seconds, nanoseconds) = (metadata.mtime(), metadata.mtime_nsec());
    Version(format!(
        "{seconds}.{nanoseconds:09}-{}-{}",
        metadata.ino(),
        metadata.size()
    ))
}

impl Backend for Folder {
    fn put<'a>(
        &'a self,
        key: &'a str,
        content: Bytes,
        put: &'a Put,
    ) -> BoxFuture<'a, Result<ObjectMeta, StoreError>> {
        async move {
            let place = self.place(key)?;
            let precondition = put.precondition.clone();
            let clock = self.clock.clone();
            blocking(move || {
                let partial = Partial::begin(place, precondition, clock)?;
                partial.write(&content)?;
                partial.publish()
            })
            .await
        }
        .boxed()
    }

    fn upload<'a>(
        &'a self,
        key: &'a str,
        put: &'a Put,
    ) -> BoxFuture<'a, Result<Box<dyn BackendUpload>, StoreError>> {
        async move { Ok(Box::new(self.begin(key, put).await?) as Box<dyn BackendUpload>) }.boxed()
    }

    fn get<'a>(
        &'a self,
        key: &'a str,
    ) -> BoxFuture<'a, Result<(ObjectMeta, ObjectStream), StoreError>> {
        async move {
            let place = self.place(key)?;
            let (file, meta, place) =
                blocking(move || place.open().map(|(file, meta)| (file, meta, place))).await?;
            let left = meta.size_bytes;
            Ok((meta, read_to_end(file, left, place)))
        }
        .boxed()
    }

    fn get_range<'a>(
        &'a self,
        key: &'a str,
        range: Range<u64>,
    ) -> BoxFuture<'a, Result<Bytes, StoreError>> {
        async move {
            let place = self.place(key)?;
            blocking(move || {
                let (mut file, meta) = place.open()?;
                let end = range.end.min(meta.size_bytes);
                let length = end.saturating_sub(range.start);
                read_range(&mut file, range.start, length)
                    .map_err(|error| Fault::reading(&place).explain(error))
            })
            .await
        }
        .boxed()
    }

    fn head<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<ObjectMeta>, StoreError>> {
        async move {
            let place = self.place(key)?;
            blocking(move || match std::fs::metadata(&place.path) {
                Ok(metadata) if metadata.is_dir() => Ok(None),
                Ok(metadata) => Ok(Some(place.meta(&metadata))),
                Err(error) if fault::is_absent(&error) => Ok(None),
                Err(error) => Err(Fault::reading(&place).explain(error)),
            })
            .await
        }
        .boxed()
    }

    fn list<'a>(&'a self, prefix: &'a str) -> BoxStream<'a, Result<ObjectMeta, StoreError>> {
        walk::list(self.clone(), prefix).boxed()
    }

    fn delete<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            let place = self.place(key)?;
            blocking(move || partial::delete(&place)).await
        }
        .boxed()
    }
}

/// Runs `work` on a thread that may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => Err(StoreError::Interrupted {
                operation: "using",
                object: "the file system".to_owned(),
                source: error.into(),
            }),
        },
    }
}

fn read_to_end(file: File, left: u64, place: Place) -> ObjectStream {
    stream::try_unfold((file, left, place), |(mut file, left, place)| async move {
        if left == 0 {
            return Ok(None);
        }
        blocking(move || {
            let length = left.min(CHUNK_BYTES as u64);
            let position = file.stream_position();
            let chunk = position
                .and_then(|position| read_range(&mut file, position, length))
                .map_err(|error| Fault::reading(&place).explain(error))?;
            Ok(Some((chunk, (file, left - length, place))))
        })
        .await
    })
    .boxed()
}

fn read_range(file: &mut File, start: u64, length: u64) -> io::Result<Bytes> {
    if length == 0 {
        return Ok(Bytes::new());
    }
    let length = usize::try_from(length).map_err(|_| io::ErrorKind::OutOfMemory)?;
    file.seek(SeekFrom::Start(start))?;
    let mut content = vec![0; length];
    file.read_exact(&mut content)?;
    Ok(content.into())
}

/// An object that is being written; dropping it removes the partial file.
struct FolderUpload {
    partial: Arc<Partial>,
    buffer: BytesMut,
}

impl FolderUpload {
    async fn write_out(&self, content: Bytes) -> Result<(), StoreError> {
        let partial = Arc::clone(&self.partial);
        blocking(move || partial.write(&content)).await
    }
}

impl BackendUpload for FolderUpload {
    fn write(&mut self, chunk: Bytes) -> BoxFuture<'_, Result<(), StoreError>> {
        async move {
            if self.buffer.is_empty() && chunk.len() >= CHUNK_BYTES {
                return self.write_out(chunk).await;
            }
            self.buffer.extend_from_slice(&chunk);
            if self.buffer.len() < CHUNK_BYTES {
                return Ok(());
            }
            let content = self.buffer.split().freeze();
            self.write_out(content).await
        }
        .boxed()
    }

    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<ObjectMeta, StoreError>> {
        async move {
            let Self { partial, buffer } = *self;
            blocking(move || {
                partial.write(&buffer)?;
                partial.publish()
            })
            .await
        }
        .boxed()
    }

    fn abort(self: Box<Self>) -> BoxFuture<'static, ()> {
        async move { drop(self) }.boxed()
    }
}

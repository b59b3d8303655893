//! An object whose size and digest are known.

use std::fmt;

use bytes::Bytes;
use cloud_store::{ObjectStream, Store, StoreError};
use function_core::{ObjectEntry, Sha256};
use futures_util::TryStreamExt as _;

use super::ReadError;

/// The bytes of a saved object; the last of them come only if all are what was saved.
pub(super) struct Sealed {
    object: String,
    stream: ObjectStream,
    digest: Sha256,
    bytes: u64,
    entry: ObjectEntry,
    /// The chunk that came last: it is given out when it is known that more follows, or that all is right.
    held: Option<Bytes>,
    is_ended: bool,
}

impl Sealed {
    pub(super) async fn open(folder: &Store, entry: &ObjectEntry) -> Result<Self, ReadError> {
        let object = folder.url(&entry.name);
        let stream = match folder.get(&entry.name).await {
            Ok((_, stream)) => stream,
            Err(StoreError::NotFound { .. }) => {
                return Err(ReadError::Damaged {
                    object,
                    reason: "it is not there, though the manifest names it".to_owned(),
                });
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Self {
            object,
            stream,
            digest: Sha256::new(),
            bytes: 0,
            entry: entry.clone(),
            held: None,
            is_ended: false,
        })
    }

    /// The next bytes, or `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, ReadError> {
        while !self.is_ended {
            let Some(chunk) = self.stream.try_next().await? else {
                self.is_ended = true;
                self.check()?;
                break;
            };
            self.digest.update(&chunk);
            self.bytes += chunk.len() as u64;
            if let Some(held) = self.held.replace(chunk) {
                return Ok(Some(held));
            }
        }
        Ok(self.held.take())
    }

    fn check(&mut self) -> Result<(), ReadError> {
        let damaged = |reason: String| ReadError::Damaged {
            object: self.object.clone(),
            reason,
        };
        if self.bytes != self.entry.bytes {
            self.held = None;
            return Err(damaged(format!(
                "it has {} bytes, {} were saved",
                self.bytes, self.entry.bytes
            )));
        }
        if std::mem::take(&mut self.digest).finish_hex() != self.entry.sha256 {
            self.held = None;
            return Err(damaged("its SHA-256 is another than was saved".to_owned()));
        }
        Ok(())
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Sealed")
            .field("object", &self.object)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

//! Differences that wait for their rows to be fetched.
//!
//! A session does one thing at a time: first it reads marks to their end, then it fetches rows. Unless others fetch meanwhile, what was
//! found waits in memory, and once that is much, in an object beside the plan, which goes away again.

use cloud_store::{ObjectStream, Put, Store, StoreError, Upload};
use futures_util::TryStreamExt as _;
use table_diff::{Class, Difference, DifferenceBatch, Seen};

use crate::error::SyncError;

/// How many bytes of a table's differences may wait in memory.
const MEMORY_MAX: usize = 1024 * 1024;

/// How many bytes are handed to the store together.
const CHUNK: usize = 256 * 1024;

/// Takes in differences.
#[derive(Debug)]
pub(super) struct Spool {
    folder: Store,
    name: String,
    waiting: Vec<u8>,
    /// What is taken already, in `waiting`.
    at: usize,
    upload: Option<Upload>,
    rows: u64,
}

impl Spool {
    /// A spool whose object would be called `name`.
    pub(super) fn new(folder: &Store, name: String) -> Self {
        Self {
            folder: folder.clone(),
            name,
            waiting: Vec::new(),
            at: 0,
            upload: None,
            rows: 0,
        }
    }

    pub(super) fn push(&mut self, batch: &DifferenceBatch) {
        for difference in batch.iter() {
            encode(&mut self.waiting, difference);
            self.rows += 1;
        }
    }

    /// How many are in and not taken.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Whether as much waits in memory as may.
    pub(super) fn is_full(&self) -> bool {
        self.waiting.len() - self.at > MEMORY_MAX
    }

    /// Whether some are in an object.
    pub(super) fn is_stored(&self) -> bool {
        self.upload.is_some()
    }

    /// Fills `batch` anew with the first ones, `most` at most, of those that are in memory.
    pub(super) fn take(&mut self, batch: &mut DifferenceBatch, most: usize) {
        batch.clear();
        while batch.len() < most
            && let Some((difference, length)) = decode(&self.waiting[self.at..])
        {
            batch.push(difference);
            self.at += length;
            self.rows -= 1;
        }
        if self.at > CHUNK {
            self.waiting.drain(..self.at);
            self.at = 0;
        }
    }

    /// Puts what is too much for the memory into the object.
    pub(super) async fn relieve(&mut self) -> Result<(), SyncError> {
        if self.is_full() || self.is_stored() && self.waiting.len() > CHUNK {
            self.flush().await?;
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), StoreError> {
        self.waiting.drain(..self.at);
        self.at = 0;
        let upload = match &mut self.upload {
            Some(upload) => upload,
            none => none.insert(
                self.folder
                    .upload(&self.name, &Put::new("application/octet-stream"))
                    .await?,
            ),
        };
        upload.write(std::mem::take(&mut self.waiting)).await
    }

    /// All of them are in.
    pub(super) async fn finish(mut self) -> Result<Spooled, SyncError> {
        if self.upload.is_some() {
            self.flush().await?;
        }
        let is_stored = match self.upload {
            Some(upload) => upload.finish().await.map(|_| true)?,
            None => false,
        };
        let stream = if is_stored {
            Some(self.folder.get(&self.name).await?.1)
        } else {
            None
        };
        Ok(Spooled {
            object: is_stored.then_some((self.folder, self.name)),
            stream,
            bytes: self.waiting,
            at: self.at,
            rows: self.rows,
        })
    }
}

/// Hands them out again, in order.
pub(super) struct Spooled {
    object: Option<(Store, String)>,
    stream: Option<ObjectStream>,
    bytes: Vec<u8>,
    /// What is handed out already, in `bytes`.
    at: usize,
    /// How many are left.
    rows: u64,
}

impl Spooled {
    /// How many are left.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Fills `batch` anew with the next ones, `most` at most; it is empty at the end.
    pub(super) async fn next(
        &mut self,
        batch: &mut DifferenceBatch,
        most: usize,
    ) -> Result<(), SyncError> {
        batch.clear();
        while batch.len() < most && self.rows > 0 {
            match decode(&self.bytes[self.at..]) {
                Some((difference, length)) => {
                    batch.push(difference);
                    self.at += length;
                    self.rows -= 1;
                }
                None => self.fill().await?,
            }
        }
        Ok(())
    }

    async fn fill(&mut self) -> Result<(), SyncError> {
        self.bytes.drain(..self.at);
        self.at = 0;
        let chunk = match &mut self.stream {
            Some(stream) => stream.try_next().await?,
            None => None,
        };
        let chunk = chunk.ok_or_else(|| self.cut())?;
        self.bytes.extend_from_slice(&chunk);
        Ok(())
    }

    fn cut(&self) -> StoreError {
        let object = self.object.as_ref();
        StoreError::Corrupt {
            object: object.map_or_else(String::new, |(folder, name)| folder.url(name)),
            detail: format!("{} differences are missing at its end", self.rows),
        }
    }

    /// Removes the object, if there is one.
    pub(super) async fn remove(self) -> Result<(), SyncError> {
        drop(self.stream);
        if let Some((folder, name)) = self.object {
            folder.delete(&name).await?;
        }
        Ok(())
    }
}

/// class, key length, key, then for each side 0, or 1 with hash and 8 bytes of time behind 0 or 1.
fn encode(bytes: &mut Vec<u8>, difference: Difference<'_>) {
    let class = Class::ALL
        .iter()
        .position(|class| *class == difference.class)
        .and_then(|at| u8::try_from(at).ok());
    bytes.push(class.unwrap_or_default());
    let length = u32::try_from(difference.key.len()).unwrap_or(u32::MAX);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(difference.key);
    for seen in [difference.source, difference.target] {
        let Some(seen) = seen else {
            bytes.push(0);
            continue;
        };
        bytes.push(1);
        bytes.extend_from_slice(&seen.hash.to_le_bytes());
        bytes.push(u8::from(seen.time.is_some()));
        bytes.extend_from_slice(&seen.time.unwrap_or_default().to_le_bytes());
    }
}

/// The first of `bytes` and its length; `None` where they end before it does.
fn decode(bytes: &[u8]) -> Option<(Difference<'_>, usize)> {
    let mut rest = bytes;
    let class = *Class::ALL.get(usize::from(take::<1>(&mut rest)?[0]))?;
    let length = u32::from_le_bytes(take(&mut rest)?);
    let (key, after) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    rest = after;
    let (mut source, mut target) = (None, None);
    for side in [&mut source, &mut target] {
        if take::<1>(&mut rest)? == [1] {
            *side = Some(decode_seen(&mut rest)?);
        }
    }
    let difference = Difference {
        class,
        key,
        source,
        target,
    };
    Some((difference, bytes.len() - rest.len()))
}

fn decode_seen(rest: &mut &[u8]) -> Option<Seen> {
    let hash = u64::from_le_bytes(take(rest)?);
    let is_timed = take::<1>(rest)? == [1];
    let time = i64::from_le_bytes(take(rest)?);
    Some(Seen {
        hash,
        time: is_timed.then_some(time),
    })
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*taken)
}

#[cfg(test)]
mod tests {
    use cloud_store::Memory;

    use super::*;

    fn seen(number: u64) -> Option<Seen> {
        (!number.is_multiple_of(3)).then(|| Seen {
            hash: number,
            time: number
                .is_multiple_of(2)
                .then(|| -i64::try_from(number).unwrap()),
        })
    }

    async fn round_trip(rows: u64, key_bytes: usize) -> usize {
        let store = Store::memory(Memory::new());
        let mut spool = Spool::new(&store, "spool/1".into());
        let key = |number: u64| [&number.to_be_bytes()[..], &vec![7; key_bytes]].concat();
        for number in 0..rows {
            let mut batch = DifferenceBatch::default();
            batch.push(Difference {
                class: Class::ALL[usize::try_from(number % 6).unwrap()],
                key: &key(number),
                source: seen(number),
                target: seen(number + 1),
            });
            spool.push(&batch);
            spool.relieve().await.unwrap();
        }
        let mut spooled = spool.finish().await.unwrap();
        let objects = store.list("").await.unwrap().len();
        let mut batch = DifferenceBatch::default();
        let mut number = 0;
        loop {
            spooled.next(&mut batch, 700).await.unwrap();
            for difference in batch.iter() {
                assert_eq!(difference.key, key(number));
                assert_eq!(
                    (difference.source, difference.target),
                    (seen(number), seen(number + 1))
                );
                number += 1;
            }
            if batch.is_empty() {
                break;
            }
        }
        assert_eq!((number, spooled.rows()), (rows, 0));
        spooled.remove().await.unwrap();
        assert!(store.list("").await.unwrap().is_empty());
        objects
    }

    #[tokio::test]
    async fn few_differences_stay_in_memory_and_many_go_to_an_object_that_goes_away() {
        assert_eq!(round_trip(0, 0).await, 0);
        assert_eq!(round_trip(1000, 8).await, 0);
        assert_eq!(round_trip(5000, 1000).await, 1);
        assert_eq!(round_trip(3, 900_000).await, 1);
    }
}

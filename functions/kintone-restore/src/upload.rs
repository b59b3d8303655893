//! Files on their way back.

use std::collections::{BTreeMap, HashMap};

use bytes::{Bytes, BytesMut};
use cloud_store::StoreError;
use futures_util::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use kintone_client::{ClientError, ContentError, NewFile};

use crate::error::RestoreError;
use crate::source::{FileStream, Saved, SavedFile, Slot, Source};
use crate::work::Work;

/// The keys of a record's uploaded files. Each lives three days, and attaches one file in one place.
pub(crate) type FileKeys = HashMap<Slot, String>;

/// Uploads that are under way at once.
const PARALLEL: usize = 4;
/// A content up to this size is read once for all its places in a bulk; a larger one is streamed for each.
const IN_MEMORY_BYTES: u64 = 1024 * 1024;

/// Uploads the files of `records`; gives the keys of each record's, in the order of the records.
///
/// A key is used in one place only, because more is not documented: each place has an upload of its own.
///
/// # Errors
/// The files can't be read, or Kintone does not take them.
pub(crate) async fn upload(
    work: &Work<'_>,
    records: &[Saved],
) -> Result<Vec<FileKeys>, RestoreError> {
    let mut keys = vec![FileKeys::new(); records.len()];
    let mut contents: BTreeMap<&str, Vec<(usize, &SavedFile)>> = BTreeMap::new();
    for (at, record) in records.iter().enumerate() {
        for file in record.files.iter().filter(|file| work.conversion.has(file)) {
            contents.entry(&file.content).or_default().push((at, file));
        }
    }
    // Gathered first: a stream that maps by a closure would not be Send.
    let mut uploads = Vec::new();
    for places in contents.into_values() {
        uploads.push(upload_content(work, places));
    }
    let mut uploads = stream::iter(uploads).buffer_unordered(PARALLEL);
    while let Some(uploaded) = uploads.try_next().await? {
        for (at, slot, key) in uploaded {
            keys[at].insert(slot, key);
        }
    }
    Ok(keys)
}

/// Uploads one content for all its places.
async fn upload_content(
    work: &Work<'_>,
    places: Vec<(usize, &SavedFile)>,
) -> Result<Vec<(usize, Slot, String)>, RestoreError> {
    let mut uploaded = Vec::with_capacity(places.len());
    let Some((_, first)) = places.first() else {
        return Ok(uploaded);
    };
    let Some((bytes, mut chunks)) = open(work, first).await? else {
        return Ok(uploaded);
    };
    let mut kept = None;
    if bytes <= IN_MEMORY_BYTES {
        kept = Some(gather(&mut chunks).await?);
    }
    drop(chunks);
    for (at, file) in places {
        let key = match &kept {
            Some(content) => {
                let content = content.clone();
                work.client
                    .upload_bytes(&file.name, &file.content_type, content)
                    .await?
            }
            None => stream_up(work, file, bytes).await?,
        };
        uploaded.push((at, file.slot.clone(), key));
    }
    Ok(uploaded)
}

async fn stream_up(
    work: &Work<'_>,
    file: &SavedFile,
    size_bytes: u64,
) -> Result<String, RestoreError> {
    let new = NewFile {
        name: &file.name,
        content_type: &file.content_type,
        size_bytes,
    };
    let uploaded = work.client.upload(&new, || reopen(work.source, file)).await;
    uploaded.map_err(|error| match error {
        // Whether trying again helps is up to what kept the content from being read.
        ClientError::Content { call, source } => match source.downcast::<RestoreError>() {
            Ok(error) => *error,
            Err(source) => ClientError::Content { call, source }.into(),
        },
        error => error.into(),
    })
}

/// The content from its start, for one attempt.
async fn reopen(
    source: &Source,
    file: &SavedFile,
) -> Result<BoxStream<'static, Result<Bytes, ContentError>>, ContentError> {
    let (_, chunks) = source.file(file).await?;
    Ok(chunks.map_err(ContentError::from).boxed())
}

/// Begins to read a file; `None` where it is gone, as the plan has said.
async fn open(
    work: &Work<'_>,
    file: &SavedFile,
) -> Result<Option<(u64, FileStream)>, RestoreError> {
    match work.source.file(file).await {
        Ok(opened) => Ok(Some(opened)),
        Err(RestoreError::Store(StoreError::NotFound { object })) => {
            tracing::warn!(object, "the file is gone; it is left out");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

async fn gather(chunks: &mut FileStream) -> Result<Bytes, RestoreError> {
    let mut content = BytesMut::new();
    while let Some(chunk) = chunks.try_next().await? {
        content.extend_from_slice(&chunk);
    }
    Ok(content.freeze())
}

//! Whether each data file is there.

use cloud_store::{ObjectMeta, Store, StoreError};
use dynamodb_format::{DataFile, ExportFolder};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::fault::{Fault, Faults};

/// How many objects are asked for at the same time.
const ASKED_AT_ONCE: usize = 16;

/// Looks for each file, and gives the bytes of all.
pub(super) async fn check(
    bucket: &Store,
    folder: &ExportFolder,
    files: &[DataFile],
    faults: &mut Faults,
) -> Result<u64, StoreError> {
    let asked = stream::iter(0..files.len()).map(|index| async move {
        let found = find(bucket, folder, &files[index]).await?;
        Ok((index, found))
    });
    let mut answers = asked.buffered(ASKED_AT_ONCE);
    let mut bytes = 0;
    while let Some((index, found)) = answers.try_next().await? {
        match found {
            None => faults.add(Fault::Missing {
                object: bucket.url(&files[index].key),
            }),
            Some(meta) if meta.size_bytes == 0 && files[index].item_count > 0 => {
                faults.add(Fault::Empty {
                    object: bucket.url(&meta.key),
                });
            }
            Some(meta) => bytes += meta.size_bytes,
        }
    }
    Ok(bytes)
}

/// The object of a data file, where it may be.
pub(super) async fn find(
    bucket: &Store,
    folder: &ExportFolder,
    file: &DataFile,
) -> Result<Option<ObjectMeta>, StoreError> {
    for key in folder.data_keys(file) {
        if let Some(meta) = bucket.head(&key).await? {
            return Ok(Some(meta));
        }
    }
    Ok(None)
}

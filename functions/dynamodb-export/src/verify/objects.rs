//! Whether each data file is there, and is the object that was written.

use std::collections::BTreeSet;

use cloud_store::{ObjectMeta, Store, StoreError};
use dynamodb_format::{DataFile, ExportFolder};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::fault::{Fault, Faults};

/// How many objects are asked for at the same time.
const ASKED_AT_ONCE: usize = 16;

/// What was found of the data files.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The bytes of all.
    pub(super) bytes: u64,
    /// The files, by their place in the list, whose objects do not have the entity tag that the list tells.
    ///
    /// A copy has another tag than its original, and so has what was cut or replaced: only the content tells.
    pub(super) doubtful: BTreeSet<usize>,
}

/// Looks for each file.
pub(super) async fn check(
    bucket: &Store,
    folder: &ExportFolder,
    files: &[DataFile],
    faults: &mut Faults,
) -> Result<Found, StoreError> {
    let asked = stream::iter(0..files.len()).map(|index| async move {
        let found = find(bucket, folder, &files[index]).await?;
        Ok((index, found))
    });
    let mut answers = asked.buffered(ASKED_AT_ONCE);
    let mut all = Found::default();
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
            Some(meta) => {
                all.bytes += meta.size_bytes;
                if !is_same_tag(&meta.version.0, &files[index].etag) {
                    all.doubtful.insert(index);
                }
            }
        }
    }
    Ok(all)
}

/// Whether a store's tag is the one of the list. Stores quote them, lists do not. Where either is missing, nothing is
/// known of the object, which is as doubtful as another tag.
fn is_same_tag(stored: &str, listed: &str) -> bool {
    let [stored, listed] = [stored, listed].map(|tag| tag.trim_matches('"'));
    !stored.is_empty() && stored == listed
}

/// The object of a data file, where it may be.
pub(super) async fn find(
    bucket: &Store,
    folder: &ExportFolder,
    file: &DataFile,
) -> Result<Option<ObjectMeta>, StoreError> {
    for (index, key) in folder.data_keys(file).iter().enumerate() {
        match bucket.head(key).await {
            Ok(Some(meta)) => return Ok(Some(meta)),
            Ok(None) => {}
            // The first key is the one that is meant; there may be no right to look elsewhere.
            Err(StoreError::Refused { .. }) if index > 0 => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_without_quotes_and_nothing_is_no_tag() {
        assert!(is_same_tag("\"6a-1\"", "6a-1"));
        assert!(!is_same_tag("\"6a-2\"", "6a-1"));
        assert!(!is_same_tag("", ""));
        assert!(!is_same_tag("\"6a-1\"", ""));
    }
}

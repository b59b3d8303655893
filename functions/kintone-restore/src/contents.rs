//! Whether files of the same name and size are the same.

use function_core::Sha256;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use kintone_client::Record;
use kintone_format::{FilePlace, files_of};

use crate::error::RestoreError;
use crate::source::Saved;
use crate::work::Work;

/// Downloads that are under way at once.
const PARALLEL: usize = 4;

/// The files of `read`, each with the digest that it has in the backup; none where that is not known of each.
pub(crate) fn files(work: &Work<'_>, saved: &Saved, read: &Record<'_>) -> Vec<(String, String)> {
    let was = saved.files.iter();
    let was = was.filter_map(|file| Some((file.place()?, file.content.clone())));
    let mut was: Vec<_> = was.filter(|(place, _)| is_written(work, place)).collect();
    let is = files_of(read).into_iter();
    let is = is.map(|(place, file)| (place, file.file_key.to_string()));
    let mut is: Vec<_> = is.filter(|(place, _)| is_written(work, place)).collect();
    // The form may have its fields in another order now; within a field the order is kept.
    was.sort_by_key(|(place, _)| spot(place));
    is.sort_by_key(|(place, _)| spot(place));
    if was.len() != is.len() {
        // Files that the backup lacks are not there; the plan has said so. Of a CSV no digest is known.
        return Vec::new();
    }
    let pairs = is.into_iter().zip(was);
    pairs.map(|((_, key), (_, sha256))| (key, sha256)).collect()
}

/// Downloads `files` and compares their digests.
///
/// # Errors
/// A file can't be downloaded.
pub(crate) async fn are_same(
    work: &Work<'_>,
    files: Vec<(String, String)>,
) -> Result<bool, RestoreError> {
    // Gathered first: a stream that maps by a closure would not be Send.
    let mut comparisons = Vec::new();
    for (key, sha256) in files {
        comparisons.push(is_same(work, key, sha256));
    }
    let mut comparisons = stream::iter(comparisons).buffer_unordered(PARALLEL);
    while let Some(is_same) = comparisons.try_next().await? {
        if !is_same {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn is_same(work: &Work<'_>, key: String, sha256: String) -> Result<bool, RestoreError> {
    let mut chunks = work.client.download(&key).await?;
    let mut digest = Sha256::new();
    while let Some(chunk) = chunks.try_next().await? {
        digest.update(&chunk);
    }
    Ok(digest.finish_hex() == sha256)
}

fn is_written(work: &Work<'_>, place: &FilePlace) -> bool {
    let table = place.row.as_ref().map(|(table, _)| table);
    let mut rules = work.conversion.rules.all();
    rules.any(|(of, rule)| {
        let is_it = rule.code == place.field && of.map(|table| &table.code) == table;
        is_it && rule.loss.is_none() && of.is_none_or(|table| table.loss.is_none())
    })
}

fn spot(place: &FilePlace) -> (Option<String>, String) {
    let table = place.row.as_ref().map(|(table, _)| table.clone());
    (table, place.field.clone())
}

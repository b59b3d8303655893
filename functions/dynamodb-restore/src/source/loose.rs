//! Data files without a manifest, as the article has them: lines of items, packed or not.

use cloud_store::ObjectMeta;
use jiff::Timestamp;

use super::export::backup;
use super::place::Place;
use super::{DataObject, Link, Source, fingerprint};
use crate::error::RestoreError;

const WARNING: &str = "there is no manifest, so nothing proves that the files are whole, or all; give the export's manifest-summary.json if there is one";

/// One data file.
pub(super) async fn file(place: &Place) -> Result<Source, RestoreError> {
    match place.store.head(&place.key).await? {
        Some(meta) => Ok(source(place, &[meta])),
        None => Err(backup(place, "it does not exist")),
    }
}

/// The data files directly in a folder.
pub(super) async fn folder(place: &Place) -> Result<Source, RestoreError> {
    let prefix = if place.key.is_empty() {
        String::new()
    } else {
        format!("{}/", place.key)
    };
    let mut objects = place.store.list(&prefix).await?;
    if objects
        .iter()
        .any(|object| object.key.starts_with(&format!("{prefix}AWSDynamoDB/")))
    {
        let why = "it holds exports; give the manifest-summary.json of one of them";
        return Err(backup(place, why));
    }
    objects.retain(|object| {
        let is_direct = !object.key[prefix.len()..].contains('/');
        is_direct && place.at(&object.key).is_data_file()
    });
    if objects.is_empty() {
        let why = "it is no manifest, and holds no manifest-summary.json, latest.json, *.json or *.json.gz";
        return Err(backup(place, why));
    }
    Ok(source(place, &objects))
}

fn source(place: &Place, objects: &[ObjectMeta]) -> Source {
    let seen: Vec<String> = objects
        .iter()
        .map(|object| format!("{} {} {}", object.key, object.size_bytes, object.version.0))
        .collect();
    let changed = objects
        .iter()
        .map(|object| place.at(&object.key).changed())
        .max();
    let files: Vec<DataObject> = objects
        .iter()
        .map(|object| DataObject {
            store: place.store.clone(),
            keys: vec![object.key.clone()],
            lines: None,
            md5: None,
        })
        .collect();
    Source {
        links: vec![Link {
            address: place.url(),
            is_full: true,
            files: 0..files.len(),
            data: None,
        }],
        files,
        table: None,
        keys: None,
        moment: changed.unwrap_or(Timestamp::UNIX_EPOCH),
        fingerprint: fingerprint(seen.iter().map(String::as_str)),
        warnings: vec![WARNING.to_owned()],
    }
}

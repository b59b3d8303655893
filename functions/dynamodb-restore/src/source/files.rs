//! Data files: where each may be, however its export was copied, and its content.

use cloud_store::{ObjectStream, StoreError};
use dynamodb_format::{DataFile, ExportFolder, ExportType};

use super::DataObject;
use super::place::{Place, joined, url};
use crate::error::RestoreError;

/// The keys under which `file` may be, in the order to try them. Its MD5 tells whether what is there is meant.
///
/// Manifests tell keys with or without the user's prefix, and a downloaded export may be at any depth: then the file is in
/// `data` beside its manifests, or, of an incremental export, beside their folder.
pub(super) fn candidates(summary: &Place, file: &DataFile, kind: ExportType) -> Vec<String> {
    let mut keys = match ExportFolder::of_manifest(&summary.key) {
        Some(folder) => folder.data_keys(file),
        None => Vec::new(),
    };
    let name = file.key.rsplit('/').next().unwrap_or(&file.key);
    let own = summary.folder();
    let above = own.rsplit_once('/').map_or("", |(above, _)| above);
    let data = |folder: &str| joined(folder, &format!("data/{name}"));
    let beside = match kind {
        ExportType::Full => [data(own), joined(own, name)],
        ExportType::Incremental => [data(above), data(own)],
    };
    for key in beside {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

impl DataObject {
    /// The file's address and its bytes, from the first place where it is.
    pub(crate) async fn open(&self) -> Result<(String, ObjectStream), RestoreError> {
        let mut first = None;
        for key in &self.keys {
            match self.store.get(key).await {
                Ok((_, stream)) => return Ok((url(&self.store, key), stream)),
                // There may be no right to look elsewhere.
                Err(error @ (StoreError::NotFound { .. } | StoreError::Refused { .. })) => {
                    first.get_or_insert(error);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(match first {
            Some(error) => error.into(),
            None => RestoreError::Request("a data file has no key".to_owned()),
        })
    }

    /// Where it should be.
    pub(crate) fn address(&self) -> String {
        let key = self.keys.first();
        key.map_or_else(String::new, |key| url(&self.store, key))
    }

    /// The file's size in bytes.
    ///
    /// # Errors
    /// It is nowhere, or can't be looked at.
    pub(crate) async fn size(&self) -> Result<u64, RestoreError> {
        let mut refused = None;
        for key in &self.keys {
            match self.store.head(key).await {
                Ok(Some(meta)) => return Ok(meta.size_bytes),
                Ok(None) => {}
                Err(error @ StoreError::Refused { .. }) => {
                    refused.get_or_insert(error);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(match refused {
            Some(error) => error.into(),
            None => StoreError::NotFound {
                object: self.store.url(self.keys.first().map_or("", String::as_str)),
            }
            .into(),
        })
    }
}

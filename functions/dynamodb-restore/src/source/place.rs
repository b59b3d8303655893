//! An address of an object or a folder, as a store and a key in it.

use std::path::Path;

use cloud_store::Store;
use function_core::Env;
use jiff::Timestamp;

use crate::error::RestoreError;

/// An object, or a folder, in a store. The store is the whole bucket or file system, because data files may be
/// anywhere beside their manifest.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) store: Store,
    /// Without slashes at its ends.
    pub(crate) key: String,
    /// The bucket, in S3.
    pub(crate) bucket: Option<String>,
}

impl Place {
    /// The place that `address` names: `s3://bucket/key`, `file:///path` or a path.
    pub(crate) async fn open(address: &str, env: &Env) -> Result<Self, RestoreError> {
        if let Some((scheme, rest)) = address.split_once("://")
            && scheme != "file"
        {
            let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
            return Ok(Self {
                store: Store::open(&format!("{scheme}://{bucket}"), env).await?,
                key: key.trim_matches('/').to_owned(),
                bucket: (scheme == "s3").then(|| bucket.to_owned()),
            });
        }
        let path = address.strip_prefix("file://").unwrap_or(address);
        let path = std::path::absolute(Path::new(path)).map_err(|error| {
            RestoreError::Request(format!(
                "`manifest` is `{address}`, which is no path: {error}"
            ))
        })?;
        let Some(path) = path.to_str() else {
            return Err(RestoreError::Request(format!(
                "`manifest` is `{address}`, which is not UTF-8"
            )));
        };
        Ok(Self {
            store: Store::open("/", env).await?,
            key: path.trim_matches('/').to_owned(),
            bucket: None,
        })
    }

    /// Another object of the same bucket or file system.
    pub(crate) fn at(&self, key: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            ..self.clone()
        }
    }

    /// An object in this folder.
    pub(crate) fn join(&self, name: &str) -> Self {
        self.at(joined(&self.key, name))
    }

    /// The object `name` in the same folder as this one.
    pub(crate) fn beside(&self, name: &str) -> Self {
        self.at(joined(self.folder(), name))
    }

    /// The key of the folder that this is in; empty at the top.
    pub(crate) fn folder(&self) -> &str {
        self.key.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// The last part of the key.
    pub(crate) fn name(&self) -> &str {
        self.key.rsplit('/').next().unwrap_or_default()
    }

    /// Whether dynamodb-export wrote it.
    pub(crate) fn is_verified_manifest(&self) -> bool {
        self.name() == "latest.json" || self.name().ends_with(".manifest.json")
    }

    /// Whether it is called as data files are.
    pub(crate) fn is_data_file(&self) -> bool {
        let name = self.name();
        [".json", ".json.gz", ".gz", ".ndjson", ".jsonl"]
            .iter()
            .any(|ending| name.ends_with(ending))
    }

    /// The address, for people.
    pub(crate) fn url(&self) -> String {
        url(&self.store, &self.key)
    }

    /// When it was last changed, where it is a file; 1970 where that is not known.
    pub(crate) fn changed(&self) -> Timestamp {
        let is_file = self.store.address().to_string().starts_with('/');
        let path = Path::new("/").join(&self.key);
        let changed = is_file.then(|| {
            std::fs::metadata(path)
                .and_then(|about| about.modified())
                .ok()
        });
        let changed = changed
            .flatten()
            .and_then(|time| Timestamp::try_from(time).ok());
        changed.unwrap_or(Timestamp::UNIX_EPOCH)
    }

    pub(crate) async fn exists(&self) -> Result<bool, RestoreError> {
        Ok(self.store.head(&self.key).await?.is_some())
    }

    /// The content, or `None` where there is no such object.
    pub(crate) async fn read(&self) -> Result<Option<Vec<u8>>, RestoreError> {
        Ok(self
            .store
            .read(&self.key)
            .await?
            .map(|(_, content)| content))
    }
}

/// The address of an object, for people.
pub(crate) fn url(store: &Store, key: &str) -> String {
    let url = store.url(key);
    match url.strip_prefix("//") {
        // The file system's root ends with a slash already.
        Some(path) => format!("/{path}"),
        None => url,
    }
}

/// `name` in `folder`, which may be empty.
pub(crate) fn joined(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_owned(),
        folder => format!("{folder}/{name}"),
    }
}

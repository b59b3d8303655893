//! A saved generation, read back: everything is held against the manifest.

mod error;
mod lines;
mod sealed;

use bytes::Bytes;
use cloud_store::Store;
use function_core::{FORMAT_VERSION, Manifest, ObjectEntry};
use futures_util::stream::{self, Stream};
use kintone_client::FormFields;
use serde::Deserialize;
use serde::de::DeserializeOwned;

pub use self::error::ReadError;
pub use self::lines::{Attachments, Lines};
use self::sealed::Sealed;
use crate::{Backup, Generation, Schema};

/// The function whose backups these are.
const WRITER: &str = "kintone-export";

/// A published generation of kintone-export.
///
/// What it gives is checked against the manifest while it streams: size, SHA-256 and number of lines. The
/// last of these checks is made when a stream ends, so read a stream to its end before anything is done with
/// what came from it that can't be undone.
#[derive(Clone, Debug)]
pub struct BackupReader {
    /// The folder of the manifest.
    folder: Store,
    address: String,
    stamp: String,
    manifest: Manifest<Backup>,
    schema: Schema,
    fields: FormFields,
}

/// Where `latest.json` points.
#[derive(Deserialize)]
struct Pointer {
    manifest: String,
}

impl BackupReader {
    /// Opens the generation whose manifest is at `key`, or the one that the `latest.json` at `key` points to.
    /// `key` is relative to `store`.
    ///
    /// # Errors
    /// There is none, it is not of kintone-export, or its schema is damaged.
    pub async fn open(store: &Store, key: &str) -> Result<Self, ReadError> {
        let (folder, name) = match key.rsplit_once('/') {
            Some((folder, name)) => (store.folder(folder), name),
            None => (store.clone(), key),
        };
        let name = if name == Generation::LATEST {
            json::<Pointer>(&folder, name).await?.manifest
        } else {
            name.to_owned()
        };
        let address = folder.url(&name);
        let manifest: Manifest<Backup> = json(&folder, &name).await?;
        check_writer(&address, &manifest)?;
        let stamp = name.strip_suffix(".manifest.json").unwrap_or(&name);
        let (schema, fields) = schema(&folder, &address, &manifest).await?;
        Ok(Self {
            stamp: stamp.to_owned(),
            folder,
            address,
            manifest,
            schema,
            fields,
        })
    }

    /// The manifest's whole address.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The stamp that the names of its objects begin with.
    pub fn stamp(&self) -> &str {
        &self.stamp
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest<Backup> {
        &self.manifest
    }

    /// The app, its form and its layout when it was saved.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The form's fields when it was saved.
    pub fn fields(&self) -> &FormFields {
        &self.fields
    }

    /// Begins to read the records, each as the JSON that the service told, in the order of the backup.
    ///
    /// # Errors
    /// The backup has no lossless lines, or they can't be opened.
    pub async fn records(&self) -> Result<Lines, ReadError> {
        let entry = self.entry(
            |name| name.ends_with(".ndjson.gz") && !is_attachments(name),
            "lossless lines",
            "it was made with NDJSON_LEVEL=off: restore its CSV with `csv`",
        )?;
        Lines::open(&self.folder, entry, Some(self.manifest.details.records)).await
    }

    /// Begins to read which record, field and row holds which file; `None` where files were not saved.
    ///
    /// # Errors
    /// The list can't be opened.
    pub async fn attachments(&self) -> Result<Option<Attachments>, ReadError> {
        let Some(count) = self.manifest.details.attachments else {
            return Ok(None);
        };
        let entry = self.entry(
            is_attachments,
            "list of attachments",
            "restore another generation",
        )?;
        let lines = Lines::open(&self.folder, entry, Some(count)).await?;
        Ok(Some(Attachments::new(lines)))
    }

    /// The content of a saved file of `bytes` bytes. The stream ends with an error if it is another content.
    ///
    /// # Errors
    /// The file can't be opened.
    pub async fn file(
        &self,
        sha256: &str,
        bytes: u64,
    ) -> Result<impl Stream<Item = Result<Bytes, ReadError>> + Send + use<>, ReadError> {
        let entry = ObjectEntry {
            name: Generation::file(sha256),
            bytes,
            sha256: sha256.to_owned(),
            rows: None,
        };
        let sealed = Sealed::open(&self.folder, &entry).await?;
        Ok(stream::try_unfold(sealed, |mut sealed| async {
            let chunk = sealed.next().await?;
            Ok(chunk.map(|chunk| (chunk, sealed)))
        }))
    }

    fn entry(
        &self,
        is_wanted: impl Fn(&str) -> bool,
        what: &'static str,
        repair: &'static str,
    ) -> Result<&ObjectEntry, ReadError> {
        find(&self.address, &self.manifest, is_wanted, what, repair)
    }
}

fn is_attachments(name: &str) -> bool {
    name.ends_with(".attachments.ndjson.gz")
}

fn find<'m>(
    address: &str,
    manifest: &'m Manifest<Backup>,
    is_wanted: impl Fn(&str) -> bool,
    what: &'static str,
    repair: &'static str,
) -> Result<&'m ObjectEntry, ReadError> {
    let mut objects = manifest.objects.iter();
    objects
        .find(|entry| is_wanted(&entry.name))
        .ok_or_else(|| ReadError::Without {
            manifest: address.to_owned(),
            what,
            repair,
        })
}

fn check_writer(object: &str, manifest: &Manifest<Backup>) -> Result<(), ReadError> {
    let foreign = |reason: String| ReadError::Foreign {
        object: object.to_owned(),
        reason,
    };
    if manifest.function != WRITER {
        return Err(foreign(format!(
            "it is of {}, not of {WRITER}",
            manifest.function
        )));
    }
    if manifest.format_version > FORMAT_VERSION {
        return Err(foreign(format!(
            "its format is version {}, this program knows up to {FORMAT_VERSION}; update it",
            manifest.format_version
        )));
    }
    Ok(())
}

async fn schema(
    folder: &Store,
    address: &str,
    manifest: &Manifest<Backup>,
) -> Result<(Schema, FormFields), ReadError> {
    let is_schema = |name: &str| name.ends_with(".schema.json");
    let entry = find(
        address,
        manifest,
        is_schema,
        "schema",
        "restore another generation",
    )?;
    let mut sealed = Sealed::open(folder, entry).await?;
    let mut content = Vec::new();
    while let Some(chunk) = sealed.next().await? {
        content.extend_from_slice(&chunk);
    }
    let not_json = |source| ReadError::NotJson {
        object: folder.url(&entry.name),
        source,
    };
    let schema: Schema = serde_json::from_slice(&content).map_err(not_json)?;
    let fields = schema.fields.to_string();
    let fields = FormFields::from_json(fields.as_bytes()).map_err(not_json)?;
    Ok((schema, fields))
}

async fn json<T: DeserializeOwned>(folder: &Store, name: &str) -> Result<T, ReadError> {
    let object = folder.url(name);
    let Some((_, content)) = folder.read(name).await? else {
        return Err(ReadError::Missing { object });
    };
    serde_json::from_slice(&content).map_err(|source| ReadError::NotJson { object, source })
}

#[cfg(test)]
mod tests;

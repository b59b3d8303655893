//! A saved generation, read back: everything is held against the manifest.

mod sealed;

use std::collections::VecDeque;

use bytes::Bytes;
use cloud_store::{Store, StoreError};
use function_core::{FORMAT_VERSION, Manifest, ObjectEntry, Retryable};
use futures_util::stream::{self, Stream};
use kintone_client::FormFields;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use self::sealed::Sealed;
use crate::attachment::Attachment;
use crate::lines::{LineError, LineReader};
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

/// A backup can't be read, or is not what its manifest says.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The store refused or was interrupted.
    #[error("the backup can't be read")]
    Store(#[from] StoreError),
    /// There is no such object.
    #[error("{object} is not there; give the address of a .manifest.json or of latest.json")]
    Missing {
        /// The object's address.
        object: String,
    },
    /// The object is not the JSON that it should be.
    #[error("{object} is not the JSON of a backup of kintone-export")]
    NotJson {
        /// The object's address.
        object: String,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// The manifest is of another function, or of a later version.
    #[error("{object} can't be restored from: {reason}")]
    Foreign {
        /// The object's address.
        object: String,
        /// What it is, and what it should be.
        reason: String,
    },
    /// The manifest names no such object.
    #[error("{manifest} names no {what}; {repair}")]
    Without {
        /// The manifest's address.
        manifest: String,
        /// What it lacks.
        what: &'static str,
        /// What to do.
        repair: &'static str,
    },
    /// The object is not what was saved.
    #[error("{object} is damaged: {reason}; restore another generation")]
    Damaged {
        /// The object's address.
        object: String,
        /// What differs from the manifest.
        reason: String,
    },
    /// The object's lines can't be unpacked.
    #[error("{object} is damaged; restore another generation")]
    Lines {
        /// The object's address.
        object: String,
        /// Where and why.
        source: LineError,
    },
}

impl Retryable for ReadError {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Store(error) => error.is_retryable(),
            _ => false,
        }
    }
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
        Ok(Some(Attachments(lines)))
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

/// The lines of a saved object, one after the other, in constant memory.
#[derive(Debug)]
pub struct Lines {
    object: String,
    sealed: Sealed,
    /// Gone once the stream has ended.
    reader: Option<LineReader>,
    ready: VecDeque<String>,
    read: u64,
    /// How many lines there must be, as the manifest says in one place or two.
    expected: Vec<u64>,
}

impl Lines {
    async fn open(
        folder: &Store,
        entry: &ObjectEntry,
        count: Option<u64>,
    ) -> Result<Self, ReadError> {
        Ok(Self {
            object: folder.url(&entry.name),
            sealed: Sealed::open(folder, entry).await?,
            reader: Some(LineReader::new()),
            ready: VecDeque::new(),
            read: 0,
            expected: entry.rows.into_iter().chain(count).collect(),
        })
    }

    /// The next line, or `None` at the end, once everything was found to be as the manifest says.
    ///
    /// # Errors
    /// The store was interrupted, or the object is not what was saved.
    pub async fn next(&mut self) -> Result<Option<String>, ReadError> {
        loop {
            if let Some(line) = self.ready.pop_front() {
                self.read += 1;
                return Ok(Some(line));
            }
            let Some(mut reader) = self.reader.take() else {
                self.check_count()?;
                return Ok(None);
            };
            let lines = match self.sealed.next().await? {
                Some(chunk) => {
                    let lines = reader.push(&chunk);
                    self.reader = Some(reader);
                    lines
                }
                None => reader.finish(),
            };
            self.ready = lines
                .map_err(|source| ReadError::Lines {
                    object: self.object.clone(),
                    source,
                })?
                .into();
        }
    }

    fn check_count(&self) -> Result<(), ReadError> {
        match self
            .expected
            .iter()
            .find(|expected| **expected != self.read)
        {
            None => Ok(()),
            Some(expected) => Err(ReadError::Damaged {
                object: self.object.clone(),
                reason: format!("it has {} lines, the manifest says {expected}", self.read),
            }),
        }
    }
}

/// Which record, field and row holds which file, in the order of the records.
#[derive(Debug)]
pub struct Attachments(Lines);

impl Attachments {
    /// The next one, or `None` at the end.
    ///
    /// # Errors
    /// As [`Lines::next`]; also a line that is no attachment.
    pub async fn next(&mut self) -> Result<Option<Attachment>, ReadError> {
        let Some(line) = self.0.next().await? else {
            return Ok(None);
        };
        let attachment = serde_json::from_str(&line);
        attachment.map(Some).map_err(|source| ReadError::NotJson {
            object: self.0.object.clone(),
            source,
        })
    }
}

#[cfg(test)]
mod tests;

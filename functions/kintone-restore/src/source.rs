//! Where the records come from: a backup of kintone-export, or a CSV that cli-kintone wrote.

mod csv;
mod digest;
mod reading;
mod size;

use std::borrow::Cow;
use std::collections::HashMap;

use bytes::Bytes;
use cloud_store::Store;
use function_core::{Stamp, sha256_hex};
use futures_util::stream::{BoxStream, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use kintone_client::{Field, FormFields, Record};
use kintone_format::{BackupReader, FilePlace, Generation, folder_of};

use self::csv::CsvFile;
pub(crate) use self::reading::Reading;
use crate::error::RestoreError;
use crate::function::KintoneRestore;
use crate::request::Restore;

/// The records' source. Reading it again and again gives the same.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// A generation of kintone-export, and its folder.
    Backup(Box<BackupReader>, Store),
    /// A CSV and its folder of files.
    Csv(Box<CsvFile>),
}

/// What a source is, for plans and for the run's identity.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    /// The address of the manifest or the CSV.
    pub(crate) address: String,
    /// A digest of its content.
    pub(crate) identity: String,
    /// The generation.
    pub(crate) stamp: Stamp,
    /// The backup's moment; the epoch where it has none.
    pub(crate) moment: Timestamp,
    /// The host and the app that it is of, where it says so.
    pub(crate) app: Option<(String, u64)>,
}

/// One saved record.
#[derive(Clone, Debug)]
pub(crate) struct Saved {
    /// Its place in the source, from 0.
    pub(crate) place: u64,
    /// Its old id; 0 where the source has none.
    pub(crate) old: u64,
    /// How people find it: `12`, or `line 7`.
    pub(crate) name: String,
    /// The files of it that the source has.
    pub(crate) files: Vec<SavedFile>,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    /// The JSON that the service told.
    Line(String),
    Cells {
        record: Record<'static>,
        /// The fields whose values may have lost a character before they came here.
        doubtful: Vec<String>,
    },
}

/// A file of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SavedFile {
    pub(crate) slot: Slot,
    pub(crate) name: String,
    pub(crate) content_type: String,
    /// `None` where only its path is known.
    pub(crate) bytes: Option<u64>,
    /// SHA-256 of the content, or the path of the file.
    pub(crate) content: String,
}

/// Which of a record's files is meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Slot {
    /// By its place, in a backup.
    Place(FilePlace),
    /// By its path, in a CSV.
    Path(String),
}

impl SavedFile {
    /// Where it hangs, where the source tells that.
    pub(crate) fn place(&self) -> Option<&FilePlace> {
        match &self.slot {
            Slot::Place(place) => Some(place),
            Slot::Path(_) => None,
        }
    }

    /// Whether `stored` has it, with the size that it should have.
    pub(crate) fn is_in(&self, stored: &HashMap<String, u64>) -> bool {
        let found = stored.get(&self.content);
        found.is_some_and(|found| self.bytes.is_none_or(|bytes| bytes == *found))
    }
}

impl Saved {
    /// The record.
    ///
    /// # Errors
    /// It is not of the documented shape.
    pub(crate) fn record(&self) -> Result<Cow<'_, Record<'_>>, RestoreError> {
        match &self.content {
            Content::Line(line) => {
                let record = Record::from_json(line).map_err(RestoreError::Record)?;
                Ok(Cow::Owned(record))
            }
            Content::Cells { record, .. } => Ok(Cow::Borrowed(record)),
        }
    }

    /// About how many bytes it takes when it is written.
    pub(crate) fn size_bytes(&self) -> usize {
        match &self.content {
            Content::Line(line) => line.len(),
            Content::Cells { record, .. } => size::of_fields(&record.fields),
        }
    }

    /// The first 16 hexadecimal digits of the SHA-256 of what was saved.
    pub(crate) fn digest(&self) -> String {
        let digest = match &self.content {
            Content::Line(line) => sha256_hex(line.as_bytes()),
            Content::Cells { record, .. } => sha256_hex(&digest::bytes_of(&record.fields)),
        };
        digest[..16].to_owned()
    }

    /// The fields whose values may have lost a character before they came here.
    pub(crate) fn doubtful(&self) -> &[String] {
        match &self.content {
            Content::Line(_) => &[],
            Content::Cells { doubtful, .. } => doubtful,
        }
    }

    /// Which of the record's files is at `place`, where the source says `path`.
    pub(crate) fn slot(&self, place: FilePlace, path: &str) -> Slot {
        match &self.content {
            Content::Line(_) => Slot::Place(place),
            Content::Cells { .. } => Slot::Path(path.to_owned()),
        }
    }
}

impl Source {
    /// Opens what `restore` names.
    ///
    /// # Errors
    /// There is no such backup, or it can't be read.
    pub(crate) async fn open(
        function: &KintoneRestore,
        restore: &Restore,
        form: &FormFields,
    ) -> Result<(Self, Origin), RestoreError> {
        if let Some(address) = &restore.csv {
            let files = match &restore.attachments {
                Some(folder) => Some(function.folder(folder).await?),
                None => None,
            };
            let (store, key) = function.locate(address).await?;
            let encoding = restore.encoding.unwrap_or_default();
            let (file, origin) = CsvFile::open(store, &key, encoding, files, form).await?;
            return Ok((Self::Csv(Box::new(file)), origin));
        }
        let address = match (&restore.manifest, restore.source) {
            (Some(address), _) => address.clone(),
            (None, source) => {
                let folder = folder_of(function.config.kintone.host(), source.unwrap_or(0));
                format!("{folder}/{}", Generation::LATEST)
            }
        };
        let (store, key) = function.locate(&address).await?;
        let reader = BackupReader::open(&store, &key).await?;
        let origin = backup_origin(&reader)?;
        let folder = match key.rsplit_once('/') {
            Some((folder, _)) => store.folder(folder),
            None => store,
        };
        Ok((Self::Backup(Box::new(reader), folder), origin))
    }

    /// Begins to read the records.
    ///
    /// # Errors
    /// The source can't be opened.
    pub(crate) async fn read(&self) -> Result<Reading, RestoreError> {
        Reading::open(self).await
    }

    /// The fields that its records have.
    pub(crate) fn fields(&self) -> &[Field] {
        match self {
            Self::Backup(reader, _) => &reader.fields().properties,
            Self::Csv(file) => &file.fields,
        }
    }

    /// Whether it has the files that hang on its records.
    pub(crate) fn has_files(&self) -> bool {
        match self {
            Self::Backup(reader, _) => reader.manifest().details.attachments.is_some(),
            Self::Csv(file) => file.files.is_some(),
        }
    }

    /// The files that are really there, as [`SavedFile::content`] has them, with their sizes.
    ///
    /// # Errors
    /// The store can't be listed.
    pub(crate) async fn stored_files(&self) -> Result<HashMap<String, u64>, RestoreError> {
        let (folder, prefix) = match self {
            Self::Backup(reader, folder)
                if reader.manifest().details.attachments.unwrap_or(0) > 0 =>
            {
                (folder, ATTACHMENTS)
            }
            Self::Backup(..) => return Ok(HashMap::new()),
            Self::Csv(csv) => match &csv.files {
                Some(folder) => (folder, ""),
                None => return Ok(HashMap::new()),
            },
        };
        let objects = folder.list(prefix).await?;
        let files = objects.into_iter().filter_map(|object| {
            let name = object.key.strip_prefix(prefix)?;
            Some((name.to_owned(), object.size_bytes))
        });
        Ok(files.collect())
    }

    /// Begins to read a file; gives its size, too. The stream ends with an error if it is not what was saved.
    ///
    /// # Errors
    /// The file is not there, or can't be read.
    pub(crate) async fn file(&self, file: &SavedFile) -> Result<(u64, FileStream), RestoreError> {
        match self {
            Self::Backup(reader, _) => {
                let bytes = file.bytes.unwrap_or(0);
                let chunks = reader.file(&file.content, bytes).await?;
                let chunks = chunks.map_err(RestoreError::from);
                Ok((bytes, chunks.boxed()))
            }
            Self::Csv(csv) => csv.file(&file.content).await,
        }
    }
}

/// The folder of a generation's files.
const ATTACHMENTS: &str = "attachments/";

/// The bytes of a file.
pub(crate) type FileStream = BoxStream<'static, Result<Bytes, RestoreError>>;

fn backup_origin(reader: &BackupReader) -> Result<Origin, RestoreError> {
    let manifest = reader.manifest();
    let content = serde_json::to_vec(manifest).map_err(RestoreError::Record)?;
    Ok(Origin {
        address: reader.address().to_owned(),
        identity: sha256_hex(&content),
        stamp: Stamp::from_name(reader.stamp()),
        moment: manifest.trigger.time,
        app: Some((manifest.details.domain.clone(), manifest.details.app)),
    })
}

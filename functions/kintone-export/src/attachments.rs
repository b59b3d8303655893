//! The files that hang on the records: saved once by content, and listed for each generation.

use cloud_store::{Put, StoreError};
use function_core::Sha256;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use kintone_client::{File, Record};
use kintone_format::{Attachment, FilePlace, Generation, files_of};

use crate::error::ExportError;
use crate::export::Tools;
use crate::lines::SavedLines;
use crate::part::{GzipWriter, Part, PartWriter};
use crate::progress::Stage;
use crate::seen::Seen;

/// Files that are downloaded at the same time.
const PARALLEL: usize = 4;

/// A file up to this size is kept in memory while it is hashed; a larger one is read twice, because
/// its name in the store is its hash.
const IN_MEMORY_BYTES: u64 = 4 * 1024 * 1024;

/// Files that are saved before the list is passed on.
const BATCH: usize = 64;

/// Saves the files of the records of `generation` and lists them in an object of their own.
///
/// A file of a record that is unchanged since `previous` is neither read nor written again. Both
/// generations are in the order of the ids.
pub(crate) async fn save(
    tools: Tools<'_>,
    generation: &Generation,
    previous: Option<&Generation>,
    level: u32,
    seen: &Seen,
) -> Result<(Part, u64), ExportError> {
    let mut list = List::begin(tools, generation, level, seen).await?;
    let mut known = Known::open(tools, previous).await?;
    let mut lines = SavedLines::open(tools.store, &generation.ndjson()).await?;
    let mut wanted = Vec::new();
    while let Some(line) = lines.next().await? {
        let record = Record::from_json(&line).map_err(ExportError::Record)?;
        let files = files_of(&record);
        if files.is_empty() {
            continue;
        }
        let saved = known.take(record.id).await?;
        let revision = record.revision;
        wanted.extend(
            files
                .into_iter()
                .map(|(place, file)| Wanted::new(place, revision, file, &saved)),
        );
        if wanted.len() >= BATCH {
            list.add(tools, std::mem::take(&mut wanted)).await?;
        }
    }
    list.add(tools, wanted).await?;
    let List { writer, files } = list;
    Ok((writer.finish(files).await?, files))
}

/// The list that is being written.
struct List {
    writer: GzipWriter,
    files: u64,
}

impl List {
    async fn begin(
        tools: Tools<'_>,
        generation: &Generation,
        level: u32,
        seen: &Seen,
    ) -> Result<Self, ExportError> {
        let name = generation.attachments();
        let version = seen.version(&name);
        let part = PartWriter::begin(tools.store, name, "application/gzip", version).await?;
        Ok(Self {
            writer: GzipWriter::new(part, level),
            files: 0,
        })
    }

    async fn add(&mut self, tools: Tools<'_>, wanted: Vec<Wanted>) -> Result<(), ExportError> {
        let mut saved = stream::iter(wanted)
            .map(|wanted| wanted.save(tools))
            .buffered(PARALLEL);
        while let Some(attachment) = saved.try_next().await? {
            #[expect(clippy::expect_used, reason = "texts and numbers are always JSON")]
            let mut line = serde_json::to_vec(&attachment).expect("an attachment as JSON");
            line.push(b'\n');
            self.writer.write(&line).await?;
            self.files += 1;
            tools.progress.at(Stage::Attachments, self.files);
        }
        Ok(())
    }
}

/// The list of the previous generation, in the order of the records.
struct Known {
    lines: Option<SavedLines>,
    next: Option<Attachment>,
}

impl Known {
    async fn open(tools: Tools<'_>, previous: Option<&Generation>) -> Result<Self, ExportError> {
        let lines = match previous {
            Some(previous) => match SavedLines::open(tools.store, &previous.attachments()).await {
                Ok(lines) => Some(lines),
                Err(ExportError::Store(StoreError::NotFound { .. })) => None,
                Err(error) => return Err(error),
            },
            None => None,
        };
        Ok(Self { lines, next: None })
    }

    /// The files of `record`, passing over all records before it.
    async fn take(&mut self, record: u64) -> Result<Vec<Attachment>, ExportError> {
        let mut found = Vec::new();
        loop {
            if self.next.is_none() {
                self.next = self.read_or_end().await?;
            }
            match self.next.take() {
                Some(known) if known.place.record < record => {}
                Some(known) if known.place.record == record => found.push(known),
                later => {
                    self.next = later;
                    return Ok(found);
                }
            }
        }
    }

    async fn read(&mut self) -> Result<Option<Attachment>, ExportError> {
        let Some(lines) = &mut self.lines else {
            return Ok(None);
        };
        let Some(line) = lines.next().await? else {
            return Ok(None);
        };
        serde_json::from_str(&line)
            .map(Some)
            .map_err(ExportError::Record)
    }

    /// The next entry. A damaged list only means that files are read again.
    async fn read_or_end(&mut self) -> Result<Option<Attachment>, ExportError> {
        match self.read().await {
            Err(error @ (ExportError::Damaged { .. } | ExportError::Record(_))) => {
                tracing::warn!(%error, "the last list of attachments is damaged; files are read again");
                self.lines = None;
                Ok(None)
            }
            result => result,
        }
    }
}

/// A file that the generation must list.
struct Wanted {
    file_key: String,
    /// Its hash is empty unless an earlier run saved the file.
    attachment: Attachment,
}

impl Wanted {
    fn new(place: FilePlace, revision: u64, file: &File<'_>, saved: &[Attachment]) -> Self {
        let known = saved
            .iter()
            .find(|known| known.place == place && known.revision == revision);
        let attachment = Attachment {
            sha256: known.map(|known| known.sha256.clone()).unwrap_or_default(),
            place,
            revision,
            name: file.name.clone().into_owned(),
            content_type: file.content_type.clone().into_owned(),
            bytes: file.size,
        };
        Self {
            file_key: file.file_key.clone().into_owned(),
            attachment,
        }
    }

    async fn save(self, tools: Tools<'_>) -> Result<Attachment, ExportError> {
        let Self {
            file_key,
            mut attachment,
        } = self;
        if !is_saved(tools, &attachment).await? {
            attachment.sha256 = if attachment.bytes <= IN_MEMORY_BYTES {
                save_small(tools, &file_key, &attachment).await?
            } else {
                save_large(tools, &file_key, &attachment).await?
            };
        }
        Ok(attachment)
    }
}

/// Whether the file that an earlier run saved is still there: a list alone is no backup.
async fn is_saved(tools: Tools<'_>, attachment: &Attachment) -> Result<bool, ExportError> {
    if attachment.sha256.is_empty() {
        return Ok(false);
    }
    let meta = tools
        .store
        .head(&Generation::file(&attachment.sha256))
        .await?;
    Ok(meta.is_some_and(|meta| meta.size_bytes == attachment.bytes))
}

async fn save_small(
    tools: Tools<'_>,
    file_key: &str,
    told: &Attachment,
) -> Result<String, ExportError> {
    let mut content = Vec::new();
    let mut download = Download::open(tools, file_key).await?;
    while let Some(chunk) = download.next(told).await? {
        content.extend_from_slice(&chunk);
    }
    let sha256 = download.finish(told)?;
    let put = Put::new("application/octet-stream").absent();
    existing_is_fine(
        tools
            .store
            .put(&Generation::file(&sha256), content, &put)
            .await,
    )?;
    Ok(sha256)
}

async fn save_large(
    tools: Tools<'_>,
    file_key: &str,
    told: &Attachment,
) -> Result<String, ExportError> {
    let mut download = Download::open(tools, file_key).await?;
    while download.next(told).await?.is_some() {}
    let sha256 = download.finish(told)?;
    let name = Generation::file(&sha256);
    if tools.store.head(&name).await?.is_some() {
        return Ok(sha256);
    }
    let put = Put::new("application/octet-stream").absent();
    let mut upload = tools.store.upload(&name, &put).await?;
    let mut download = Download::open(tools, file_key).await?;
    while let Some(chunk) = download.next(told).await? {
        upload.write(chunk).await?;
    }
    if download.finish(told)? != sha256 {
        upload.abort().await;
        return Err(ExportError::FileChanged {
            record: told.place.record,
            name: told.name.clone(),
        });
    }
    existing_is_fine(upload.finish().await)?;
    Ok(sha256)
}

/// The name is the content's hash: an object of that name is the same file.
fn existing_is_fine<T>(written: Result<T, StoreError>) -> Result<(), StoreError> {
    match written {
        Ok(_) | Err(StoreError::Precondition { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// A file on its way, hashed and counted.
struct Download {
    chunks: stream::BoxStream<'static, Result<bytes::Bytes, kintone_client::ClientError>>,
    digest: Sha256,
    bytes: u64,
}

impl Download {
    async fn open(tools: Tools<'_>, file_key: &str) -> Result<Self, ExportError> {
        let chunks = tools.client.download(file_key).await?.boxed();
        Ok(Self {
            chunks,
            digest: Sha256::new(),
            bytes: 0,
        })
    }

    /// The next chunk; stops at once when there is more than the record told.
    async fn next(&mut self, told: &Attachment) -> Result<Option<bytes::Bytes>, ExportError> {
        let Some(chunk) = self.chunks.try_next().await? else {
            return Ok(None);
        };
        self.digest.update(&chunk);
        self.bytes += chunk.len() as u64;
        if self.bytes > told.bytes {
            Err(size_fault(told, self.bytes))
        } else {
            Ok(Some(chunk))
        }
    }

    fn finish(self, told: &Attachment) -> Result<String, ExportError> {
        if self.bytes == told.bytes {
            Ok(self.digest.finish_hex())
        } else {
            Err(size_fault(told, self.bytes))
        }
    }
}

fn size_fault(told: &Attachment, found: u64) -> ExportError {
    ExportError::FileSize {
        record: told.place.record,
        name: told.name.clone(),
        told: told.bytes,
        found,
    }
}

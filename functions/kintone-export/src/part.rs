//! One object of a generation, hashed and counted while it streams to the store.

use std::io::Write as _;

use cloud_store::{Put, Store, StoreError, Upload, Version};
use flate2::Compression;
use flate2::write::GzEncoder;
use function_core::{ObjectEntry, Sha256};

/// Bytes that are gathered before they are handed to the store.
const CHUNK_BYTES: usize = 256 * 1024;

/// An object that is complete.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) entry: ObjectEntry,
    /// The version that was written: a rewrite is conditional on it.
    pub(crate) version: Version,
}

/// An object that is being written. Dropping it leaves nothing behind.
pub(crate) struct PartWriter {
    name: String,
    upload: Upload,
    digest: Sha256,
    bytes: u64,
    /// What is written next. Append to it, then call [`PartWriter::pass_on`].
    pub(crate) buffer: Vec<u8>,
}

impl PartWriter {
    /// Begins the object `name`, which must still be the version `seen`.
    pub(crate) async fn begin(
        store: &Store,
        name: String,
        content_type: &'static str,
        seen: Option<Version>,
    ) -> Result<Self, StoreError> {
        let upload = store
            .upload(&name, &Put::new(content_type).unchanged(seen))
            .await?;
        Ok(Self {
            name,
            upload,
            digest: Sha256::new(),
            bytes: 0,
            buffer: Vec::new(),
        })
    }

    /// Hands the buffer to the store once it is large enough.
    pub(crate) async fn pass_on(&mut self) -> Result<(), StoreError> {
        if self.buffer.len() >= CHUNK_BYTES {
            self.flush().await
        } else {
            Ok(())
        }
    }

    /// Publishes the object, which has `rows` rows.
    pub(crate) async fn finish(mut self, rows: Option<u64>) -> Result<Part, StoreError> {
        self.flush().await?;
        let meta = self.upload.finish().await?;
        let entry = ObjectEntry {
            name: self.name,
            bytes: self.bytes,
            sha256: self.digest.finish_hex(),
            rows,
        };
        Ok(Part {
            entry,
            version: meta.version,
        })
    }

    async fn flush(&mut self) -> Result<(), StoreError> {
        let chunk = std::mem::take(&mut self.buffer);
        if chunk.is_empty() {
            return Ok(());
        }
        self.digest.update(&chunk);
        self.bytes += chunk.len() as u64;
        self.upload.write(chunk).await
    }
}

/// The same, compressed on its way.
pub(crate) struct GzipWriter {
    part: PartWriter,
    encoder: GzEncoder<Vec<u8>>,
}

impl GzipWriter {
    /// Compresses into `part` at `level`, 0 to 9.
    pub(crate) fn new(part: PartWriter, level: u32) -> Self {
        Self {
            part,
            encoder: GzEncoder::new(Vec::new(), Compression::new(level)),
        }
    }

    /// Adds `bytes`.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        into_memory(self.encoder.write_all(bytes));
        self.part.buffer.append(self.encoder.get_mut());
        self.part.pass_on().await
    }

    /// Publishes the object, which has `rows` lines.
    pub(crate) async fn finish(self, rows: u64) -> Result<Part, StoreError> {
        let Self {
            mut part,
            mut encoder,
        } = self;
        into_memory(encoder.try_finish());
        part.buffer.append(encoder.get_mut());
        part.finish(Some(rows)).await
    }
}

fn into_memory(written: std::io::Result<()>) {
    #[expect(clippy::expect_used, reason = "a Vec takes all writes")]
    written.expect("compressing into memory");
}

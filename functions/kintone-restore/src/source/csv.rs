//! A CSV that cli-kintone wrote, and the folder of its files.

use bytes::Bytes;
use cloud_store::{ObjectStream, Store, StoreError};
use function_core::{Sha256, Stamp};
use futures_util::TryStreamExt as _;
use futures_util::stream::StreamExt as _;
use jiff::Timestamp;
use kintone_client::{Field, FormFields};
use kintone_format::{Aside, CsvError, CsvReader, CsvRecord, Encoding};

use super::{FileStream, Origin};
use crate::error::RestoreError;
use crate::request::CsvEncoding;

/// A CSV file.
#[derive(Clone, Debug)]
pub(crate) struct CsvFile {
    store: Store,
    key: String,
    encoding: Encoding,
    form: FormFields,
    sha256: String,
    /// The fields that it has columns for.
    pub(super) fields: Vec<Field>,
    /// The folder of the files.
    pub(super) files: Option<Store>,
}

impl CsvFile {
    /// Opens the CSV, and reads it once to know its digest and its columns.
    pub(super) async fn open(
        store: Store,
        key: &str,
        encoding: CsvEncoding,
        files: Option<Store>,
        form: &FormFields,
    ) -> Result<(Self, Origin), RestoreError> {
        let mut file = Self {
            store,
            key: key.to_owned(),
            encoding: match encoding {
                CsvEncoding::Utf8 => Encoding::Utf8,
                CsvEncoding::Sjis => Encoding::ShiftJis,
            },
            form: form.clone(),
            sha256: String::new(),
            fields: Vec::new(),
            files,
        };
        file.look().await?;
        let (stamp, moment) = stamp_of(key);
        let origin = Origin {
            address: file.store.url(key),
            identity: file.sha256.clone(),
            stamp,
            moment,
            app: None,
        };
        Ok((file, origin))
    }

    /// Reads all of it for its digest, and as far as its header for its columns.
    async fn look(&mut self) -> Result<(), RestoreError> {
        let (_, mut chunks) = self.store.get(&self.key).await?;
        let mut digest = Sha256::new();
        let mut header = Some(self.reader());
        while let Some(chunk) = chunks.try_next().await? {
            digest.update(&chunk);
            let Some(mut reader) = header.take() else {
                continue;
            };
            let read = reader.push(&chunk);
            read.map_err(|source| self.wrong(source))?;
            match reader.fields() {
                Some(fields) => self.fields = fields,
                None => header = Some(reader),
            }
        }
        if let Some(reader) = header {
            reader.finish().map_err(|source| self.wrong(source))?;
        }
        self.sha256 = digest.finish_hex();
        Ok(())
    }

    fn reader(&self) -> CsvReader {
        CsvReader::new(&self.form, self.encoding)
    }

    fn wrong(&self, source: CsvError) -> RestoreError {
        RestoreError::Csv {
            address: self.store.url(&self.key),
            source,
        }
    }

    /// Begins to read the records.
    pub(super) async fn stream(&self) -> Result<CsvStream, RestoreError> {
        let (_, chunks) = self.store.get(&self.key).await?;
        Ok(CsvStream {
            address: self.store.url(&self.key),
            chunks,
            chunk: Bytes::new(),
            reading: CsvReading::AtStart(Box::new(self.reader())),
            digest: Sha256::new(),
            expected: self.sha256.clone(),
        })
    }

    /// Begins to read the file at `path`.
    pub(super) async fn file(&self, path: &str) -> Result<(u64, FileStream), RestoreError> {
        let Some(files) = &self.files else {
            return Err(StoreError::NotFound {
                object: path.to_owned(),
            }
            .into());
        };
        let (meta, chunks) = files.get(path).await?;
        let chunks = chunks.map_err(RestoreError::from);
        Ok((meta.size_bytes, chunks.boxed()))
    }
}

/// Bytes that are read at once: their records take several times as many.
const READ_AT_ONCE: usize = 64 * 1024;

/// The records of a CSV as they come. While those of one piece are used, the next is read [aside](Aside).
pub(super) struct CsvStream {
    address: String,
    chunks: ObjectStream,
    /// What is there, but not read yet.
    chunk: Bytes,
    reading: CsvReading,
    digest: Sha256,
    expected: String,
}

/// Where reading is.
enum CsvReading {
    AtStart(Box<CsvReader>),
    /// The next piece is under way.
    Ahead(Aside<Piece>),
    Over,
}

/// The records of a piece, and the reader for the next one, if any can follow.
type Piece = (Result<Vec<CsvRecord>, CsvError>, Option<Box<CsvReader>>);

impl CsvStream {
    /// The next records, perhaps none; nothing at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<CsvRecord>>, RestoreError> {
        match std::mem::replace(&mut self.reading, CsvReading::Over) {
            CsvReading::AtStart(reader) => {
                self.begin(reader).await?;
                Ok(Some(Vec::new()))
            }
            CsvReading::Ahead(piece) => {
                let (records, reader) = piece.end().await;
                let records = records.map_err(|source| RestoreError::Csv {
                    address: self.address.clone(),
                    source,
                })?;
                if let Some(reader) = reader {
                    self.begin(reader).await?;
                }
                Ok(Some(records))
            }
            CsvReading::Over => Ok(None),
        }
    }

    /// Begins to read the next piece, or ends the CSV.
    async fn begin(&mut self, mut reader: Box<CsvReader>) -> Result<(), RestoreError> {
        while self.chunk.is_empty() {
            let Some(chunk) = self.chunks.try_next().await? else {
                self.check()?;
                let end = Aside::begin(move || (reader.finish(), None));
                self.reading = CsvReading::Ahead(end);
                return Ok(());
            };
            self.digest.update(&chunk);
            self.chunk = chunk;
        }
        let length = self.chunk.len().min(READ_AT_ONCE);
        let piece = self.chunk.split_to(length);
        let read = Aside::begin(move || (reader.push(&piece), Some(reader)));
        self.reading = CsvReading::Ahead(read);
        Ok(())
    }

    fn check(&self) -> Result<(), RestoreError> {
        if self.digest.clone().finish_hex() == self.expected {
            return Ok(());
        }
        Err(RestoreError::SourceChanged {
            address: self.address.clone(),
        })
    }
}

impl std::fmt::Debug for CsvStream {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("CsvStream")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// What stands for the moment of a CSV, which says none: the digits that its name begins with, as
/// kintone-export's and the article's do, else the epoch.
fn stamp_of(key: &str) -> (Stamp, Timestamp) {
    let name = key.rsplit('/').next().unwrap_or(key);
    let digits = name.split(|c: char| !c.is_ascii_digit()).next();
    let date = digits.unwrap_or_default().get(..8).map(|day| {
        let (year, rest) = day.split_at(4);
        let (month, day) = rest.split_at(2);
        format!("{year}-{month}-{day}").parse::<jiff::civil::Date>()
    });
    match date {
        Some(Ok(date)) => {
            let moment = date
                .to_zoned(jiff::tz::TimeZone::UTC)
                .map(|day| day.timestamp());
            let moment = moment.unwrap_or(Timestamp::UNIX_EPOCH);
            (Stamp::from_name(digits.unwrap_or_default()), moment)
        }
        _ => (Stamp::from_name("19700101000000"), Timestamp::UNIX_EPOCH),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_csv_tells_its_moment() {
        let stamp = |key| stamp_of(key).0.to_string();
        assert_eq!(stamp("example/12/20261121030000.csv"), "20261121030000");
        assert_eq!(stamp("20261121-friday.csv"), "20261121");
        for key in ["customers.csv", "12.csv", "20269999.csv"] {
            assert_eq!(stamp(key), "19700101000000", "{key}");
        }
    }
}

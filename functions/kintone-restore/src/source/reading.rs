//! The records of a source, one after the other.

use std::collections::VecDeque;

use kintone_client::Record;
use kintone_format::{Attachment, Attachments, CsvRecord, Lines, files_of};

use super::csv::CsvStream;
use super::{Content, Saved, SavedFile, Slot, Source};
use crate::error::RestoreError;

/// A pass through a source. At its end it was checked to be what it should.
#[derive(Debug)]
pub(crate) struct Reading {
    records: Records,
    place: u64,
}

#[derive(Debug)]
enum Records {
    Lines {
        lines: Box<Lines>,
        files: Option<Box<FileList>>,
    },
    Csv {
        stream: Box<CsvStream>,
        waiting: VecDeque<CsvRecord>,
    },
}

impl Reading {
    pub(super) async fn open(source: &Source) -> Result<Self, RestoreError> {
        let records = match source {
            Source::Backup(reader, _) => Records::Lines {
                lines: Box::new(reader.records().await?),
                files: reader.attachments().await?.map(FileList::new).map(Box::new),
            },
            Source::Csv(file) => Records::Csv {
                stream: Box::new(file.stream().await?),
                waiting: VecDeque::new(),
            },
        };
        Ok(Self { records, place: 0 })
    }

    /// The place of the next record.
    pub(crate) fn place(&self) -> u64 {
        self.place
    }

    /// Passes over the records before `place`.
    ///
    /// # Errors
    /// The source can't be read, or is damaged.
    pub(crate) async fn skip_to(&mut self, place: u64) -> Result<(), RestoreError> {
        while self.place < place && self.next().await?.is_some() {}
        Ok(())
    }

    /// The next record; nothing at the end.
    ///
    /// # Errors
    /// The source can't be read, or is damaged.
    pub(crate) async fn next(&mut self) -> Result<Option<Saved>, RestoreError> {
        let saved = match &mut self.records {
            Records::Lines { lines, files } => match lines.next().await? {
                Some(line) => Some(of_line(line, self.place, files.as_deref_mut()).await?),
                None => None,
            },
            Records::Csv { stream, waiting } => {
                while waiting.is_empty() {
                    match stream.next().await? {
                        Some(records) => waiting.extend(records),
                        None => break,
                    }
                }
                waiting
                    .pop_front()
                    .map(|record| of_cells(record, self.place))
            }
        };
        self.place += u64::from(saved.is_some());
        Ok(saved)
    }
}

async fn of_line(
    line: String,
    place: u64,
    files: Option<&mut FileList>,
) -> Result<Saved, RestoreError> {
    let old = match id_of(&line) {
        Some(id) => id,
        None => Record::from_json(&line).map_err(RestoreError::Record)?.id,
    };
    let files = match files {
        Some(files) => files.of_record(old).await?,
        None => Vec::new(),
    };
    Ok(Saved {
        place,
        old,
        name: old.to_string(),
        files,
        content: Content::Line(line),
    })
}

/// The id of a record as the service writes it, found without reading the rest. Inside a text its quotes would be escaped.
fn id_of(line: &str) -> Option<u64> {
    const BEFORE: &str = r#""$id":{"type":"__ID__","value":""#;
    let (_, rest) = line.split_once(BEFORE)?;
    let (digits, _) = rest.split_once('"')?;
    digits.parse().ok()
}

fn of_cells(saved: CsvRecord, place: u64) -> Saved {
    let record = Record {
        id: saved.id.unwrap_or(0),
        revision: saved.revision.unwrap_or(0),
        fields: saved.fields,
    };
    let files = files_of(&record).into_iter().map(|(_, file)| SavedFile {
        slot: Slot::Path(file.file_key.to_string()),
        name: file.name.to_string(),
        content_type: media_type(&file.name).to_owned(),
        bytes: None,
        content: file.file_key.to_string(),
    });
    Saved {
        place,
        old: record.id,
        name: format!("on line {}", saved.line),
        files: files.collect(),
        content: Content::Cells {
            record,
            doubtful: saved.doubtful,
        },
    }
}

/// The list of a backup's files, in the order of its records.
#[derive(Debug)]
struct FileList {
    attachments: Attachments,
    next: Option<Attachment>,
    is_over: bool,
}

impl FileList {
    fn new(attachments: Attachments) -> Self {
        Self {
            attachments,
            next: None,
            is_over: false,
        }
    }

    /// The files of the record `id`, which comes after those that were asked for before.
    async fn of_record(&mut self, id: u64) -> Result<Vec<SavedFile>, RestoreError> {
        let mut files = Vec::new();
        loop {
            if self.next.is_none() && !self.is_over {
                self.next = self.attachments.next().await?;
                self.is_over = self.next.is_none();
            }
            match self.next.take() {
                Some(file) if file.place.record == id => files.push(SavedFile {
                    slot: Slot::Place(file.place),
                    name: file.name,
                    content_type: file.content_type,
                    bytes: Some(file.bytes),
                    content: file.sha256,
                }),
                later => {
                    self.next = later;
                    return Ok(files);
                }
            }
        }
    }
}

/// The media type that a file's name tells, as cli-kintone guesses it; anything else is bytes.
fn media_type(name: &str) -> &'static str {
    let ending = name.rsplit('.').next().unwrap_or_default();
    match ending.to_ascii_lowercase().as_str() {
        "txt" | "log" => "text/plain",
        "csv" => "text/csv",
        "html" | "htm" => "text/html",
        "json" => "application/json",
        "xml" => "application/xml",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "svg" => "image/svg+xml",
        "doc" => "application/msword",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xls" => "application/vnd.ms-excel",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "ppt" => "application/vnd.ms-powerpoint",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        _ => "application/octet-stream",
    }
}

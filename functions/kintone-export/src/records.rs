//! Writing records: CSV and lossless lines side by side.

use std::collections::BTreeMap;

use cloud_store::Store;
use kintone_client::{Page, Record, Value};
use kintone_format::{CsvWriter, Generation};

use crate::error::ExportError;
use crate::fingerprint::Fingerprint;
use crate::part::{GzipWriter, Part, PartWriter};
use crate::plan::Plan;
use crate::seen::Seen;

/// The records of a generation, written.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) csv: Part,
    pub(crate) ndjson: Option<Part>,
    pub(crate) tally: Tally,
}

/// What was counted while the records were written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) fingerprint: Fingerprint,
    pub(crate) first_id: Option<u64>,
    pub(crate) last_id: Option<u64>,
    /// The rows of each subtable.
    pub(crate) table_rows: BTreeMap<String, u64>,
    csv_lines: u64,
}

/// Writes records to the objects of a generation.
pub(crate) struct RecordWriter {
    format: CsvWriter,
    csv: PartWriter,
    ndjson: Option<GzipWriter>,
    tally: Tally,
    /// Lines on their way to the compressor; kept to save allocations.
    lines: Vec<u8>,
}

impl RecordWriter {
    /// Begins the objects of `plan`.
    pub(crate) async fn begin(
        store: &Store,
        plan: &Plan,
        seen: &Seen,
    ) -> Result<Self, ExportError> {
        let generation = Generation::new(plan.stamp.clone());
        let begin = async |name: String, content_type| {
            let version = seen.version(&name);
            PartWriter::begin(store, name, content_type, version).await
        };
        let mut csv = begin(generation.csv(), "text/csv; charset=utf-8").await?;
        let format = CsvWriter::new(plan.dialect, plan.columns.clone());
        format.header(&mut csv.buffer);
        let ndjson = match plan.ndjson_level {
            Some(level) => Some(GzipWriter::new(
                begin(generation.ndjson(), "application/gzip").await?,
                level,
            )),
            None => None,
        };
        Ok(Self {
            format,
            csv,
            ndjson,
            tally: Tally::default(),
            lines: Vec::new(),
        })
    }

    /// Adds the records of `page`.
    pub(crate) async fn page(&mut self, page: &Page) -> Result<(), ExportError> {
        for record in page.iter() {
            self.tally(&record?);
        }
        if self.ndjson.is_some() {
            page.lines().for_each(|line| self.push_line(&line));
        }
        self.pass_on().await
    }

    /// Adds the record that `line` holds.
    pub(crate) async fn line(&mut self, line: &str) -> Result<(), ExportError> {
        let record = Record::from_json(line).map_err(ExportError::Record)?;
        self.tally(&record);
        self.push_line(line);
        self.pass_on().await
    }

    /// The number of records so far.
    pub(crate) fn records(&self) -> u64 {
        self.tally.fingerprint.records
    }

    /// Publishes the objects.
    pub(crate) async fn finish(self) -> Result<Written, ExportError> {
        let Self {
            csv, ndjson, tally, ..
        } = self;
        let csv = csv.finish(Some(tally.csv_lines)).await?;
        let ndjson = match ndjson {
            Some(ndjson) => Some(ndjson.finish(tally.fingerprint.records).await?),
            None => None,
        };
        Ok(Written { csv, ndjson, tally })
    }

    fn tally(&mut self, record: &Record<'_>) {
        let tally = &mut self.tally;
        tally.csv_lines += self.format.record(record, &mut self.csv.buffer);
        tally.fingerprint.add(record.id, record.revision);
        tally.first_id = Some(tally.first_id.map_or(record.id, |id| id.min(record.id)));
        tally.last_id = Some(tally.last_id.map_or(record.id, |id| id.max(record.id)));
        for (code, field) in record.iter() {
            if let Value::Table(rows) = &field.value {
                let count = rows.len() as u64;
                match tally.table_rows.get_mut(code) {
                    Some(sum) => *sum += count,
                    None => drop(tally.table_rows.insert(code.to_owned(), count)),
                }
            }
        }
    }

    fn push_line(&mut self, line: &str) {
        self.lines.extend_from_slice(line.as_bytes());
        self.lines.push(b'\n');
    }

    async fn pass_on(&mut self) -> Result<(), ExportError> {
        if let Some(ndjson) = &mut self.ndjson {
            ndjson.write(&self.lines).await?;
        }
        self.lines.clear();
        Ok(self.csv.pass_on().await?)
    }
}

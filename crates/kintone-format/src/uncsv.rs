//! Records out of a CSV that cli-kintone wrote, or this workspace's [`CsvWriter`](crate::CsvWriter).

mod cells;
mod error;
mod header;
mod json;
mod row;
mod text;
mod value;

use kintone_client::{Field, Fields, FormFields};

use self::cells::Cells;
pub use self::error::CsvError;
use self::header::Header;
use self::row::Building;
use self::text::Decoding;
pub use self::text::Encoding;

/// The size of a file of which a CSV names only the path.
pub const UNKNOWN_SIZE: u64 = u64::MAX;

/// Reads records from the bytes of a CSV, as they come.
///
/// It takes both dialects: what cli-kintone 1.19.2 writes, and the strict one with `$id` and `$revision`. A
/// record of an app with subtables begins with a line that has `*` in the first column; the lines after it
/// hold further rows, and repeat its cells or leave them empty.
///
/// Nothing is passed over in silence: an unknown column, a line before the first `*`, a line that holds no
/// row, another number of cells, a cell that contradicts the record's first line, bytes that are not of the
/// encoding and a last line without its end are errors with the line's number. Only lines with nothing on
/// them are skipped, where there is more than one column; with one column they are empty values.
///
/// What an empty cell stands for is not in cli-kintone's CSV: it becomes null for dates, times, choices of
/// one and people, the empty text for other texts, and the empty list for lists.
#[derive(Debug)]
pub struct CsvReader {
    form: FormFields,
    decoding: Decoding,
    cells: Cells,
    header: Option<Header>,
    building: Option<Building>,
}

/// A record of a CSV.
#[derive(Clone, Debug, PartialEq)]
pub struct CsvRecord {
    /// The line that it begins on, from 1.
    pub line: u64,
    /// The record's id: of the column `$id`, else the digits at the end of the record number.
    pub id: Option<u64>,
    /// The record's revision, of the column `$revision`.
    pub revision: Option<u64>,
    /// The values. A file's `file_key` is the path as the cell has it, below the folder that cli-kintone
    /// was given; its `name` is the path's last part, its size is [`UNKNOWN_SIZE`].
    pub fields: Fields<'static>,
    /// The codes of cells that may have lost a character: they hold a `?` in `Shift_JIS`, where cli-kintone
    /// writes it for what the encoding lacks, or U+FFFD.
    pub doubtful: Vec<String>,
}

impl CsvReader {
    /// A reader at the start of a CSV, for records of `form`.
    pub fn new(form: &FormFields, encoding: Encoding) -> Self {
        Self {
            form: form.clone(),
            decoding: Decoding::new(encoding),
            cells: Cells::new(),
            header: None,
            building: None,
        }
    }

    /// Takes the next bytes, and gives the records that they complete.
    ///
    /// # Errors
    /// The CSV is wrong there, see [`CsvError`]. The reader can't go on.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<CsvRecord>, CsvError> {
        self.take(bytes, false)
    }

    /// The form's fields that the CSV has columns for, subtables with the inner fields that have some; nothing
    /// before the header was read.
    pub fn fields(&self) -> Option<Vec<Field>> {
        let header = self.header.as_ref()?;
        Some(header.fields(&self.form))
    }

    /// Ends the CSV, and gives the last records.
    ///
    /// # Errors
    /// The CSV is cut off, or has no header.
    pub fn finish(mut self) -> Result<Vec<CsvRecord>, CsvError> {
        let mut records = self.take(&[], true)?;
        self.cells.finish()?;
        if self.header.is_none() {
            return Err(CsvError::Empty);
        }
        records.extend(self.building.take().map(Building::finish));
        Ok(records)
    }

    fn take(&mut self, bytes: &[u8], is_last: bool) -> Result<Vec<CsvRecord>, CsvError> {
        let (text, is_sound) = self.decoding.decode(bytes, is_last);
        let mut records = Vec::new();
        let mut rows = Vec::new();
        self.cells.push(&text, &mut rows)?;
        for row in rows {
            match &self.header {
                None => {
                    self.header = Some(Header::read(row, &self.form, self.decoding.encoding())?);
                }
                Some(header) => {
                    records.extend(row::read(header, row, &mut self.building)?);
                }
            }
        }
        if is_sound {
            return Ok(records);
        }
        Err(CsvError::Encoding {
            line: self.cells.line(),
            encoding: self.decoding.encoding(),
        })
    }
}

#[cfg(test)]
mod tests;

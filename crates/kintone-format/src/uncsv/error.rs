//! What can be wrong with a CSV.

use super::Encoding;

/// A CSV can't be read as records of the app. Lines are counted from 1, line breaks inside of quotes too.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CsvError {
    /// There is not even a header.
    #[error("the CSV is empty; its first line must name the field codes")]
    Empty,
    /// Bytes are not of the encoding.
    #[error(
        "line {line} is not {encoding}; give the encoding that the CSV was written in, utf8 or sjis"
    )]
    Encoding {
        /// The line.
        line: u64,
        /// The encoding that was given.
        encoding: Encoding,
    },
    /// A quote opens and never closes.
    #[error("line {line} opens a quote that is never closed; the file may be cut off")]
    Unclosed {
        /// The line where it opens.
        line: u64,
    },
    /// Text stands beside a quoted cell, or a quote inside a bare one.
    #[error(
        "line {line} has a quote inside of a cell; such a cell must be quoted, with the quote doubled"
    )]
    StrayQuote {
        /// The line.
        line: u64,
    },
    /// The last line has no end.
    #[error(
        "line {line} is the last and has no line end; the file may be cut off. If it is whole, add one"
    )]
    Cut {
        /// The line.
        line: u64,
    },
    /// The lines end with CR alone.
    #[error("the lines end with CR alone; save the CSV with LF or CRLF")]
    CarriageReturns,
    /// The app has no such field.
    #[error(
        "the header names `{code}`, which the app does not have; rename or remove the column{hint}"
    )]
    UnknownColumn {
        /// What the header says.
        code: String,
        /// What else it may be.
        hint: &'static str,
    },
    /// The field's values are in no CSV.
    #[error(
        "the header names `{code}`, whose type {kind} has no column in a CSV; remove the column"
    )]
    NoColumn {
        /// The code.
        code: String,
        /// The type, as the service calls it.
        kind: String,
    },
    /// Two columns are of one field.
    #[error("the header names `{code}` twice; remove one of the columns")]
    DoubleColumn {
        /// The code.
        code: String,
    },
    /// Rows of subtables can't be told from records.
    #[error(
        "the header has the subtable `{table}` but no first column `*`, which marks where a record begins"
    )]
    NoMark {
        /// The subtable's code.
        table: String,
    },
    /// A line has more or fewer cells than the header.
    #[error("line {line} has {found} cells, the header has {expected}")]
    CellCount {
        /// The line.
        line: u64,
        /// Its cells.
        found: usize,
        /// The header's cells.
        expected: usize,
    },
    /// A line belongs to no record.
    #[error("line {line} comes before the first line with `*`, so it belongs to no record")]
    BeforeFirstMark {
        /// The line.
        line: u64,
    },
    /// A line has something else in the column `*`.
    #[error("line {line} has something else than `*` in the column `*`")]
    BadMark {
        /// The line.
        line: u64,
    },
    /// A line after a record's first holds no row of a subtable.
    #[error("line {line} has neither `*` nor a row of a subtable")]
    NoRow {
        /// The line.
        line: u64,
    },
    /// A further line of a record says otherwise than the first.
    #[error("line {line} has another `{code}` than line {first}, where its record begins")]
    Contradiction {
        /// The line.
        line: u64,
        /// The record's first line.
        first: u64,
        /// The field's code.
        code: String,
    },
    /// A number is none.
    #[error("line {line} has no whole number in `{code}`")]
    NotNumber {
        /// The line.
        line: u64,
        /// The column.
        code: String,
    },
}

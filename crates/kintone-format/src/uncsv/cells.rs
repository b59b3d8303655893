//! Text into rows of cells.

use super::CsvError;

/// No cell is longer, in bytes: a quote that is never closed would take the rest of the file into memory.
const LONGEST_CELL: usize = 16 * 1024 * 1024;

/// A cell, and whether it was quoted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) is_quoted: bool,
}

/// A row and the line that it begins on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) cells: Vec<Cell>,
}

/// Where the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// At the start of a cell.
    Start,
    /// In a cell without quotes.
    Bare,
    /// Between quotes.
    Quoted,
    /// After a quote that either ends the cell or is the first of two.
    AfterQuote,
    /// After a quoted cell and a CR.
    AfterReturn,
}

/// Splits text that comes piece by piece.
///
/// A line ends with LF, or with CRLF if the first one does: cli-kintone leaves a cell bare that holds
/// a CR, so elsewhere a CR is a part of it.
#[derive(Debug)]
pub(super) struct Cells {
    place: Place,
    cell: String,
    row: Vec<Cell>,
    /// The line now, and those where the row and the cell began.
    line: u64,
    row_line: u64,
    cell_line: u64,
    /// Whether lines end with CRLF; unknown before the first did.
    has_returns: Option<bool>,
}

impl Cells {
    pub(super) fn new() -> Self {
        Self {
            place: Place::Start,
            cell: String::new(),
            row: Vec::new(),
            line: 1,
            row_line: 1,
            cell_line: 1,
            has_returns: None,
        }
    }

    /// The line now.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Takes the next piece and adds the rows that it completes.
    pub(super) fn push(&mut self, text: &str, rows: &mut Vec<Row>) -> Result<(), CsvError> {
        let bytes = text.as_bytes();
        let mut from = 0;
        for (at, byte) in bytes.iter().enumerate() {
            if !matches!(byte, b'"' | b',' | b'\n' | b'\r')
                && matches!(self.place, Place::Bare | Place::Quoted)
            {
                continue;
            }
            // What lies between `from` and here belongs to the cell.
            self.cell.push_str(&text[from..at]);
            from = at;
            if self.step(*byte, rows)? {
                from = at + 1;
            }
        }
        self.cell.push_str(&text[from..]);
        if self.cell.len() > LONGEST_CELL {
            return Err(CsvError::Unclosed {
                line: self.cell_line,
            });
        }
        Ok(())
    }

    /// Goes on by `byte`; whether it is used up, and not a part of the cell.
    fn step(&mut self, byte: u8, rows: &mut Vec<Row>) -> Result<bool, CsvError> {
        let line = self.line;
        if byte == b'\n' {
            self.line += 1;
        }
        match (self.place, byte) {
            (Place::Start, b'"') => {
                self.cell_line = line;
                self.place = Place::Quoted;
            }
            (Place::AfterQuote, b'"') => {
                self.cell.push('"');
                self.place = Place::Quoted;
            }
            (Place::Quoted, b'"') => self.place = Place::AfterQuote,
            (Place::Start | Place::Bare | Place::AfterQuote, b',') => self.end_cell(),
            (Place::Start | Place::Bare | Place::AfterQuote | Place::AfterReturn, b'\n') => {
                self.end_row(rows)?;
            }
            (Place::AfterQuote, b'\r') => self.place = Place::AfterReturn,
            (Place::Bare, b'"') | (Place::AfterQuote | Place::AfterReturn, _) => {
                return Err(CsvError::StrayQuote { line });
            }
            (Place::Start, _) => {
                self.place = Place::Bare;
                return Ok(false);
            }
            (Place::Bare | Place::Quoted, _) => return Ok(false),
        }
        Ok(true)
    }

    fn end_cell(&mut self) {
        let is_quoted = matches!(self.place, Place::AfterQuote | Place::AfterReturn);
        self.row.push(Cell {
            text: std::mem::take(&mut self.cell),
            is_quoted,
        });
        self.place = Place::Start;
    }

    fn end_row(&mut self, rows: &mut Vec<Row>) -> Result<(), CsvError> {
        let ends_with_return = match self.place {
            Place::AfterReturn => true,
            Place::Bare => self.cell.ends_with('\r'),
            _ => false,
        };
        let has_returns = *self.has_returns.get_or_insert(ends_with_return);
        if has_returns && self.place == Place::Bare && ends_with_return {
            self.cell.pop();
        }
        self.end_cell();
        let line = std::mem::replace(&mut self.row_line, self.line);
        // The next row has as many.
        let next = Vec::with_capacity(self.row.len());
        let cells = std::mem::replace(&mut self.row, next);
        if line == 1
            && cells
                .iter()
                .any(|cell| !cell.is_quoted && cell.text.contains('\r'))
        {
            return Err(CsvError::CarriageReturns);
        }
        rows.push(Row { line, cells });
        Ok(())
    }

    /// Ends the text, which must end with a line.
    pub(super) fn finish(&self) -> Result<(), CsvError> {
        match self.place {
            Place::Quoted => Err(CsvError::Unclosed {
                line: self.cell_line,
            }),
            Place::Start if self.row.is_empty() => Ok(()),
            // A file of old Macs is one long first line.
            _ if self.row_line == 1 && self.cell.contains('\r') => Err(CsvError::CarriageReturns),
            _ => Err(CsvError::Cut { line: self.line }),
        }
    }
}

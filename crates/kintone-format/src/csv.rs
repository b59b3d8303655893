//! Records as CSV, in two dialects.

use std::borrow::Cow;
use std::str::FromStr;

use kintone_client::{FieldValue, Record, Row, Value};
use serde::{Deserialize, Serialize};

use crate::{Column, Columns};

/// How a CSV is written. Both: UTF-8 without BOM, LF after each record, comma, `""` inside quotes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// Byte-equal to cli-kintone 1.19.2, except that a cell with a bare CR is quoted, which it
    /// forgets. An empty cell is bare, and so is the cell `*` alone.
    #[default]
    Compat,
    /// All cells quoted, with `$id` and `$revision` first. Null is a bare empty cell, the empty
    /// text is `""`.
    Strict,
}

impl FromStr for Dialect {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "compat" => Ok(Self::Compat),
            "strict" => Ok(Self::Strict),
            _ => Err(()),
        }
    }
}

/// Writes records as CSV into a buffer.
#[derive(Clone, Debug)]
pub struct CsvWriter {
    dialect: Dialect,
    columns: Columns,
    /// Where each column's field was in the last record; the next one has it there too.
    places: Vec<usize>,
}

impl CsvWriter {
    /// Writes `columns` in `dialect`.
    pub fn new(dialect: Dialect, columns: Columns) -> Self {
        let places = vec![0; columns.columns.len()];
        Self {
            dialect,
            columns,
            places,
        }
    }

    /// Appends the header.
    pub fn header(&self, out: &mut Vec<u8>) {
        let mut line = Line::new(self.dialect, out);
        if self.columns.has_tables() {
            line.cell(Some("*"));
        }
        if self.dialect == Dialect::Strict {
            line.cell(Some("$id"));
            line.cell(Some("$revision"));
        }
        for column in &self.columns.columns {
            match column {
                Column::Field { code, .. } => line.cell(Some(code)),
                Column::Table { code, fields } => {
                    line.cell(Some(code));
                    for (code, _) in fields {
                        line.cell(Some(code));
                    }
                }
            }
        }
        line.end();
    }

    /// Appends `record` and returns the number of lines: one, or one for each row of its subtables.
    ///
    /// A record with rows takes a line for each; its own cells are repeated on all of them. The
    /// rows of several subtables are stacked, not zipped.
    pub fn record(&mut self, record: &Record<'_>, out: &mut Vec<u8>) -> u64 {
        let mut lines = 0;
        for table in 0..self.columns.columns.len() {
            for row in self.rows(table, record) {
                self.line(record, Some((table, row)), lines == 0, out);
                lines += 1;
            }
        }
        if lines == 0 {
            self.line(record, None, true, out);
            lines = 1;
        }
        lines
    }

    /// The rows that `record` has for the column at `index`; none unless that is a subtable.
    fn rows<'r>(&mut self, index: usize, record: &'r Record<'r>) -> &'r [Row<'r>] {
        let Column::Table { code, .. } = &self.columns.columns[index] else {
            return &[];
        };
        let field = record.fields.get_near(code, &mut self.places[index]);
        match field.map(|field| &field.value) {
            Some(Value::Table(rows)) => rows,
            _ => &[],
        }
    }

    /// Appends one line; `row` comes with the index of its subtable.
    fn line(
        &mut self,
        record: &Record<'_>,
        row: Option<(usize, &Row<'_>)>,
        first: bool,
        out: &mut Vec<u8>,
    ) {
        let mut line = Line::new(self.dialect, out);
        if self.columns.has_tables() {
            line.cell(first.then_some("*"));
        }
        if self.dialect == Dialect::Strict {
            line.number(record.id);
            line.number(record.revision);
        }
        let columns = self.columns.columns.iter().zip(&mut self.places);
        for (index, (column, place)) in columns.enumerate() {
            match column {
                Column::Field { code, .. } => line.field(record.fields.get_near(code, place)),
                Column::Table { fields, .. } => {
                    let row = row.filter(|(table, _)| *table == index).map(|(_, row)| row);
                    match row {
                        Some(row) => line.number(row.id),
                        None => line.cell(None),
                    }
                    for (code, _) in fields {
                        line.field(row.and_then(|row| row.fields.get(code)));
                    }
                }
            }
        }
        line.end();
    }
}

/// One line that is being appended to a buffer.
struct Line<'o> {
    dialect: Dialect,
    out: &'o mut Vec<u8>,
    is_first: bool,
}

impl<'o> Line<'o> {
    fn new(dialect: Dialect, out: &'o mut Vec<u8>) -> Self {
        Self {
            dialect,
            out,
            is_first: true,
        }
    }

    fn end(self) {
        self.out.push(b'\n');
    }

    fn number(&mut self, number: u64) {
        self.cell(Some(&number.to_string()));
    }

    fn field(&mut self, field: Option<&FieldValue<'_>>) {
        match field.map(|field| &field.value) {
            None | Some(Value::Null) => self.cell(None),
            Some(Value::Text(text)) => self.cell(Some(text)),
            Some(value) => self.cell(Some(&joined(value))),
        }
    }

    fn cell(&mut self, text: Option<&str>) {
        if !self.is_first {
            self.out.push(b',');
        }
        self.is_first = false;
        let Some(text) = text else { return };
        let traits = Traits::of(text);
        let is_quoted = match self.dialect {
            Dialect::Strict => true,
            Dialect::Compat => is_quoted_by_cli_kintone(text, traits) || traits.has(Traits::CR),
        };
        if is_quoted {
            quote(text, traits, self.out);
        } else {
            self.out.extend_from_slice(text.as_bytes());
        }
    }
}

/// Which bytes that matter to CSV a cell has. Most cells have none, so one look at each byte will do.
#[derive(Clone, Copy)]
struct Traits(u8);

impl Traits {
    const QUOTE: u8 = 1;
    const COMMA_OR_LF: u8 = 2;
    const CR: u8 = 4;
    /// The first byte of U+2028 and U+2029, and of others.
    const E2: u8 = 8;

    const OF_BYTE: [u8; 256] = {
        let mut of_byte = [0; 256];
        of_byte[b'"' as usize] = Self::QUOTE;
        of_byte[b',' as usize] = Self::COMMA_OR_LF;
        of_byte[b'\n' as usize] = Self::COMMA_OR_LF;
        of_byte[b'\r' as usize] = Self::CR;
        of_byte[0xE2] = Self::E2;
        of_byte
    };

    fn of(text: &str) -> Self {
        let bytes = text.bytes();
        Self(bytes.fold(0, |traits, byte| traits | Self::OF_BYTE[usize::from(byte)]))
    }

    /// Whether it has one of `traits`.
    fn has(self, traits: u8) -> bool {
        self.0 & traits != 0
    }
}

/// cli-kintone quotes what CSV demands, and every cell of one line but the empty one and `*`.
///
/// "One line" is JavaScript's: a cell with U+2028, U+2029 or a bare CR is not one, so it stays bare.
/// **Source**: measured with cli-kintone 1.19.2.
fn is_quoted_by_cli_kintone(text: &str, traits: Traits) -> bool {
    let has_line_end = || {
        traits.has(Traits::CR)
            || (traits.has(Traits::E2) && text.contains(['\u{2028}', '\u{2029}']))
    };
    traits.has(Traits::QUOTE | Traits::COMMA_OR_LF)
        || !(text.is_empty() || text == "*" || has_line_end())
}

fn quote(text: &str, traits: Traits, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    if traits.has(Traits::QUOTE) {
        while let Some(at) = rest.iter().position(|byte| *byte == b'"') {
            out.extend_from_slice(&rest[..=at]);
            out.push(b'"');
            rest = &rest[at + 1..];
        }
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// The cell of a value with parts: codes, names or options, joined by LF.
fn joined<'v>(value: &'v Value<'_>) -> Cow<'v, str> {
    match value {
        Value::Null | Value::Table(_) => Cow::Borrowed(""),
        Value::Text(text) => Cow::Borrowed(text),
        Value::User(user) => Cow::Borrowed(&user.code),
        Value::Texts(texts) => join(texts.iter().map(AsRef::as_ref)),
        Value::Users(users) => join(users.iter().map(|user| user.code.as_ref())),
        Value::Files(files) => join(files.iter().map(|file| file.name.as_ref())),
        Value::Other(raw) => Cow::Borrowed(raw.get()),
    }
}

fn join<'v>(mut parts: impl Iterator<Item = &'v str>) -> Cow<'v, str> {
    let Some(first) = parts.next() else {
        return Cow::Borrowed("");
    };
    let Some(second) = parts.next() else {
        return Cow::Borrowed(first);
    };
    let mut text = format!("{first}\n{second}");
    for part in parts {
        text.push('\n');
        text.push_str(part);
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests;

//! The first line: which column is of which field.

use std::collections::HashSet;

use kintone_client::{Field, FieldType, FormFields};

use super::cells::Row;
use super::{CsvError, Encoding};
use crate::columns::has_column;

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// `*` where a record begins.
    Mark,
    /// `$id`.
    Id,
    /// `$revision`.
    Revision,
    /// A field of the record.
    Field { code: String, kind: FieldType },
    /// The ids of a subtable's rows; the table's place in [`Header::tables`].
    RowId { table: usize },
    /// A field of a subtable.
    Inner {
        table: usize,
        code: String,
        kind: FieldType,
    },
}

/// All columns.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub(super) columns: Vec<Column>,
    /// The codes of the subtables that have columns.
    pub(super) tables: Vec<String>,
    pub(super) has_mark: bool,
    /// Whether the dialect tells null from the empty text.
    pub(super) is_strict: bool,
    pub(super) encoding: Encoding,
}

impl Header {
    pub(super) fn read(row: Row, form: &FormFields, encoding: Encoding) -> Result<Self, CsvError> {
        let mut header = Self {
            columns: Vec::with_capacity(row.cells.len()),
            tables: Vec::new(),
            has_mark: false,
            is_strict: false,
            encoding,
        };
        let mut seen = HashSet::new();
        for (index, cell) in row.cells.into_iter().enumerate() {
            if !seen.insert(cell.text.clone()) {
                return Err(CsvError::DoubleColumn { code: cell.text });
            }
            let column = header.column(index, cell.text, form)?;
            header.columns.push(column);
        }
        let is = |column| header.columns.contains(&column);
        header.has_mark = is(Column::Mark);
        header.is_strict = is(Column::Id) && is(Column::Revision);
        match header.tables.first() {
            Some(table) if !header.has_mark => Err(CsvError::NoMark {
                table: table.clone(),
            }),
            _ => Ok(header),
        }
    }

    /// The fields of `form` that have columns.
    pub(super) fn fields(&self, form: &FormFields) -> Vec<Field> {
        let has = |code: &str| {
            self.columns.iter().any(|column| match column {
                Column::Field { code: of, .. } | Column::Inner { code: of, .. } => of == code,
                Column::Mark | Column::Id | Column::Revision | Column::RowId { .. } => false,
            })
        };
        let present = form
            .properties
            .iter()
            .filter(|field| has(&field.code) || self.tables.contains(&field.code));
        let present = present.map(|field| {
            let mut field = field.clone();
            field.fields.retain(|inner| has(&inner.code));
            field
        });
        present.collect()
    }

    fn column(
        &mut self,
        index: usize,
        code: String,
        form: &FormFields,
    ) -> Result<Column, CsvError> {
        match code.as_str() {
            "*" if index == 0 => return Ok(Column::Mark),
            "$id" => return Ok(Column::Id),
            "$revision" => return Ok(Column::Revision),
            _ => {}
        }
        if let Some(field) = form.get(&code) {
            return self.of_field(field);
        }
        for table in &form.properties {
            if let Some(inner) = table.fields.iter().find(|inner| inner.code == code) {
                check_kind(inner)?;
                return Ok(Column::Inner {
                    table: self.table(&table.code),
                    kind: inner.kind.clone(),
                    code,
                });
            }
        }
        let is_lost = code.contains(['?', '\u{FFFD}']);
        Err(CsvError::UnknownColumn {
            code,
            hint: if is_lost {
                "; it looks as if the encoding of the CSV lacks a character of the code: export it as utf8"
            } else {
                ""
            },
        })
    }

    fn of_field(&mut self, field: &Field) -> Result<Column, CsvError> {
        if field.kind == FieldType::Subtable {
            return Ok(Column::RowId {
                table: self.table(&field.code),
            });
        }
        check_kind(field)?;
        Ok(Column::Field {
            code: field.code.clone(),
            kind: field.kind.clone(),
        })
    }

    fn table(&mut self, code: &str) -> usize {
        let found = self.tables.iter().position(|table| table == code);
        found.unwrap_or_else(|| {
            self.tables.push(code.to_owned());
            self.tables.len() - 1
        })
    }
}

fn check_kind(field: &Field) -> Result<(), CsvError> {
    if has_column(&field.kind) {
        return Ok(());
    }
    Err(CsvError::NoColumn {
        code: field.code.clone(),
        kind: field.kind.to_string(),
    })
}

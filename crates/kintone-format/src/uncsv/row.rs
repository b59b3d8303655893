//! Lines into records: the first with `*`, and those after it with further rows.

use std::borrow::Cow;

use kintone_client::{FieldType, FieldValue, Row as TableRow, Value};

use super::cells::{Cell, Row};
use super::header::{Column, Header};
use super::value::{is_doubtful, value};
use super::{CsvError, CsvRecord};

/// A record whose lines are not all read yet.
#[derive(Debug)]
pub(super) struct Building {
    line: u64,
    id: Option<u64>,
    revision: Option<u64>,
    /// The cells of the first line.
    cells: Vec<Cell>,
    fields: Vec<(Cow<'static, str>, FieldValue<'static>)>,
    /// The code of each subtable and its rows.
    tables: Vec<(String, Vec<TableRow<'static>>)>,
    doubtful: Vec<String>,
}

impl Building {
    pub(super) fn finish(self) -> CsvRecord {
        let tables = self.tables.into_iter().map(|(code, rows)| {
            let value = FieldValue {
                kind: FieldType::Subtable,
                value: Value::Table(rows),
            };
            (Cow::Owned(code), value)
        });
        let mut fields = self.fields;
        fields.extend(tables);
        CsvRecord {
            line: self.line,
            id: self.id,
            revision: self.revision,
            fields: fields.into_iter().collect(),
            doubtful: self.doubtful,
        }
    }
}

/// Takes `row`, and gives the record that is complete by it.
pub(super) fn read(
    header: &Header,
    row: Row,
    building: &mut Option<Building>,
) -> Result<Option<CsvRecord>, CsvError> {
    let (line, expected, found) = (row.line, header.columns.len(), row.cells.len());
    if found != expected {
        let is_blank =
            matches!(row.cells.as_slice(), [cell] if cell.text.is_empty() && !cell.is_quoted);
        return if is_blank {
            Ok(None)
        } else {
            Err(CsvError::CellCount {
                line,
                found,
                expected,
            })
        };
    }
    if !header.has_mark {
        return Ok(Some(begin(header, row)?.finish()));
    }
    match row.cells[0].text.as_str() {
        "*" => {
            let complete = building.take().map(Building::finish);
            let mut begun = begin(header, row)?;
            let cells = std::mem::take(&mut begun.cells);
            add_rows(header, line, &cells, &mut begun)?;
            begun.cells = cells;
            *building = Some(begun);
            Ok(complete)
        }
        "" => {
            let Some(building) = building else {
                return Err(CsvError::BeforeFirstMark { line });
            };
            check_repeated(header, &row, building)?;
            if add_rows(header, line, &row.cells, building)? == 0 {
                return Err(CsvError::NoRow { line });
            }
            Ok(None)
        }
        _ => Err(CsvError::BadMark { line }),
    }
}

fn begin(header: &Header, row: Row) -> Result<Building, CsvError> {
    let Row { line, cells } = row;
    // Further lines of the record are held against the cells of its first.
    let kept = if header.has_mark {
        cells.clone()
    } else {
        Vec::new()
    };
    let mut begun = Building {
        line,
        id: None,
        revision: None,
        cells: kept,
        fields: Vec::with_capacity(cells.len()),
        tables: header
            .tables
            .iter()
            .map(|code| (code.clone(), Vec::new()))
            .collect(),
        doubtful: Vec::new(),
    };
    let mut number = None;
    for (column, cell) in header.columns.iter().zip(cells) {
        match column {
            Column::Id => begun.id = whole(line, "$id", &cell.text)?,
            Column::Revision => begun.revision = whole(line, "$revision", &cell.text)?,
            Column::Field { code, kind } => {
                if *kind == FieldType::RecordNumber {
                    let (_, digits) = cell.text.rsplit_once('-').unwrap_or(("", &cell.text));
                    number = whole(line, code, digits)?;
                }
                if is_doubtful(&cell, header.encoding) {
                    begun.doubtful.push(code.clone());
                }
                let value = FieldValue {
                    kind: kind.clone(),
                    value: value(kind, cell, header.is_strict),
                };
                begun.fields.push((Cow::Owned(code.clone()), value));
            }
            Column::Mark | Column::RowId { .. } | Column::Inner { .. } => {}
        }
    }
    begun.id = begun.id.or(number);
    Ok(begun)
}

/// Adds the rows that stand on a line, at most one of each subtable, and tells how many.
fn add_rows(
    header: &Header,
    line: u64,
    cells: &[Cell],
    building: &mut Building,
) -> Result<usize, CsvError> {
    let mut added = 0;
    for table in 0..header.tables.len() {
        let mut id = 0;
        let mut is_there = false;
        let mut fields = Vec::new();
        for (column, cell) in header.columns.iter().zip(cells) {
            match column {
                Column::RowId { table: of } if *of == table => {
                    is_there |= !cell.text.is_empty();
                    id = whole(line, &header.tables[table], &cell.text)?.unwrap_or(0);
                }
                Column::Inner {
                    table: of,
                    code,
                    kind,
                } if *of == table => {
                    is_there |= !cell.text.is_empty();
                    if is_doubtful(cell, header.encoding) {
                        building.doubtful.push(code.clone());
                    }
                    let value = FieldValue {
                        kind: kind.clone(),
                        value: value(kind, cell.clone(), header.is_strict),
                    };
                    fields.push((Cow::Owned(code.clone()), value));
                }
                _ => {}
            }
        }
        if is_there {
            added += 1;
            building.tables[table].1.push(TableRow {
                id,
                fields: fields.into_iter().collect(),
            });
        }
    }
    Ok(added)
}

/// The record's own cells must say the same on all of its lines, or nothing on the further ones.
fn check_repeated(header: &Header, row: &Row, building: &Building) -> Result<(), CsvError> {
    let pairs = building.cells.iter().zip(&row.cells);
    for (column, (first, again)) in header.columns.iter().zip(pairs) {
        let code = match column {
            Column::Field { code, .. } => code.as_str(),
            Column::Id => "$id",
            Column::Revision => "$revision",
            Column::Mark | Column::RowId { .. } | Column::Inner { .. } => continue,
        };
        if !again.text.is_empty() && again.text != first.text {
            return Err(CsvError::Contradiction {
                line: row.line,
                first: building.line,
                code: code.to_owned(),
            });
        }
    }
    Ok(())
}

fn whole(line: u64, code: &str, text: &str) -> Result<Option<u64>, CsvError> {
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.parse().map_err(|_| CsvError::NotNumber {
        line,
        code: code.to_owned(),
    })?;
    Ok(Some(number))
}

//! Rows as PostgreSQL's COPY reads them: CSV without a header, always quoted.

use crate::{Kind, LoadError, Table, array};

/// How a cell is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As it is.
    Verbatim,
    /// A JSON array as a PostgreSQL array literal.
    ArrayLiteral,
}

/// Appends `row` to `out` as one line for an import by Cloud SQL ([`crate::AdminImport`]), which takes no header.
///
/// Every cell is quoted, so that `\.`, line ends and separators in it survive. NULL is an unquoted empty cell:
/// the import has no option for NULL, and a quoted empty cell is the empty text, which numbers and dates refuse.
/// Cells of [`Kind::TextArray`] become array literals; for a column of type `text` call them [`Kind::Text`].
///
/// # Errors
/// A cell can't be stored, or the row has not one cell a column. Then `out` is as it was.
pub fn headless_row(
    table: &Table,
    row: &[Option<&str>],
    out: &mut Vec<u8>,
) -> Result<(), LoadError> {
    let form = |kind| match kind {
        Kind::TextArray => Form::ArrayLiteral,
        _ => Form::Verbatim,
    };
    let forms: Vec<_> = table
        .columns
        .iter()
        .map(|column| form(column.kind))
        .collect();
    // The writer of a file does not count its lines; rows without a key are all "number 1" to it.
    write_row(table, &forms, row, 1, out)
}

/// Appends `row`, the `number`-th of its table, to `out`.
pub(crate) fn write_row(
    table: &Table,
    forms: &[Form],
    row: &[Option<&str>],
    number: u64,
    out: &mut Vec<u8>,
) -> Result<(), LoadError> {
    if row.len() != table.columns.len() {
        return Err(LoadError::Width {
            table: table.name.clone(),
            row: table.row_name(row, number),
            cells: row.len(),
            columns: table.columns.len(),
        });
    }
    let start = out.len();
    for (index, (cell, form)) in row.iter().zip(forms).enumerate() {
        if index > 0 {
            out.push(b',');
        }
        if let Some(cell) = cell
            && let Err(reason) = write_cell(cell, *form, out)
        {
            out.truncate(start);
            return Err(LoadError::Cell {
                table: table.name.clone(),
                row: table.row_name(row, number),
                column: table.columns[index].name.clone(),
                reason,
            });
        }
    }
    out.push(b'\n');
    Ok(())
}

fn write_cell(cell: &str, form: Form, out: &mut Vec<u8>) -> Result<(), String> {
    match form {
        Form::Verbatim => write_quoted(cell, out),
        Form::ArrayLiteral => write_quoted(&array_literal(cell)?, out),
    }
}

fn write_quoted(cell: &str, out: &mut Vec<u8>) -> Result<(), String> {
    out.push(b'"');
    for (index, piece) in cell.split('"').enumerate() {
        if index > 0 {
            out.extend_from_slice(b"\"\"");
        }
        if piece.as_bytes().contains(&0) {
            return Err(
                "it holds a NUL character, which PostgreSQL can't store: remove it at the source, \
                        or leave the column out of the load"
                    .to_owned(),
            );
        }
        out.extend_from_slice(piece.as_bytes());
    }
    out.push(b'"');
    Ok(())
}

/// Rewrites the JSON array `cell` as a PostgreSQL array literal: `["a","b"]` becomes `{"a","b"}`.
///
/// # Errors
/// What is wrong with the cell, for a person.
fn array_literal(cell: &str) -> Result<String, String> {
    let texts = array::parse(cell)?;
    let mut literal = String::with_capacity(cell.len() + 2);
    literal.push('{');
    for (index, text) in texts.iter().enumerate() {
        if index > 0 {
            literal.push(',');
        }
        match text {
            None => literal.push_str("NULL"),
            Some(text) => push_quoted(&mut literal, text),
        }
    }
    literal.push('}');
    Ok(literal)
}

fn push_quoted(literal: &mut String, text: &str) {
    literal.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            literal.push('\\');
        }
        literal.push(character);
    }
    literal.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Column;

    fn table() -> Table {
        let column = |name: &str, kind| Column {
            name: name.to_owned(),
            kind,
        };
        Table {
            name: "customers".to_owned(),
            columns: vec![
                column("$id", Kind::BigInt),
                column("memo", Kind::Text),
                column("tags", Kind::TextArray),
            ],
            key: vec!["$id".to_owned()],
            parent: Vec::new(),
        }
    }

    #[test]
    fn quotes_every_cell_and_leaves_null_bare() {
        let mut out = Vec::new();
        headless_row(
            &table(),
            &[Some("1"), Some("a \"b\"\n\\.\n,"), Some(r#"["x"]"#)],
            &mut out,
        )
        .unwrap();
        headless_row(&table(), &[Some("2"), Some(""), None], &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            "\"1\",\"a \"\"b\"\"\n\\.\n,\",\"{\"\"x\"\"}\"\n\"2\",\"\",\n"
        );
    }

    #[test]
    fn names_the_cell_that_holds_a_nul() {
        let mut out = b"kept".to_vec();
        let error = headless_row(&table(), &[Some("7"), Some("a\0b"), None], &mut out).unwrap_err();
        let words = error.to_string();
        assert!(
            words.starts_with("table customers, row $id=7, column memo: it holds a NUL"),
            "{words}"
        );
        assert_eq!(out, b"kept");
    }

    #[test]
    fn a_row_has_one_cell_a_column() {
        let error = headless_row(&table(), &[Some("7")], &mut Vec::new()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "row $id=7 of table customers has 1 cells for 3 columns"
        );
    }

    #[test]
    fn quotes_what_a_literal_would_misread() {
        let cell = r#"["a, b","say \"hi\"","c:\\d","",null,"NULL","{}"]"#;
        let literal = r#"{"a, b","say \"hi\"","c:\\d","",NULL,"NULL","{}"}"#;
        assert_eq!(array_literal(cell).unwrap(), literal);
        assert_eq!(array_literal("[]").unwrap(), "{}");
    }
}

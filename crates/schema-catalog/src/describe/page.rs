//! A page of psql: a title, a table of cells, lines below it.

use std::fmt;

use unicode_width::UnicodeWidthStr as _;

/// A table of cells with a title above and lines below.
///
/// **Source:** PostgreSQL documentation, psql, `\pset format aligned` with `border` 1; what psql 15 prints.
pub(super) struct Page {
    title: String,
    headers: &'static [(&'static str, Alignment)],
    rows: Vec<Vec<Cell>>,
    footers: Vec<String>,
}

/// At which side of its column a cell stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Alignment {
    Left,
    Right,
}

/// The lines of a cell.
struct Cell(Vec<String>);

impl Page {
    pub(super) fn new(title: &str, headers: &'static [(&'static str, Alignment)]) -> Self {
        Self {
            title: title.to_owned(),
            headers,
            rows: Vec::new(),
            footers: Vec::new(),
        }
    }

    /// Adds a row; cells without a header are left out.
    pub(super) fn row(&mut self, cells: impl Iterator<Item = String>) {
        let cells = cells.take(self.headers.len());
        self.rows.push(cells.map(|cell| Cell::new(&cell)).collect());
    }

    pub(super) fn footer(&mut self, line: String) {
        self.footers.push(line);
    }

    fn widths(&self) -> Vec<usize> {
        let headers = self.headers.iter().enumerate();
        headers
            .map(|(index, (header, _))| {
                let cells = self.rows.iter().filter_map(|row| row.get(index));
                let widest = cells.map(Cell::width).max().unwrap_or_default();
                widest.max(header.width())
            })
            .collect()
    }
}

impl fmt::Display for Page {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        let total = widths
            .iter()
            .map(|width| width + 3)
            .sum::<usize>()
            .saturating_sub(1);
        let before = total.saturating_sub(self.title.width()) / 2;
        writeln!(formatter, "{:before$}{}", "", self.title)?;
        let headers = self
            .headers
            .iter()
            .zip(&widths)
            .map(|((header, _), width)| {
                let space = width - header.width();
                let (before, after) = (space / 2, space.div_ceil(2));
                format!(" {:before$}{header}{:after$} ", "", "")
            });
        writeln!(formatter, "{}", headers.collect::<Vec<_>>().join("|"))?;
        let rules = widths.iter().map(|width| "-".repeat(width + 2));
        writeln!(formatter, "{}", rules.collect::<Vec<_>>().join("+"))?;
        for row in &self.rows {
            self.write_row(formatter, row, &widths)?;
        }
        for footer in &self.footers {
            writeln!(formatter, "{footer}")?;
        }
        writeln!(formatter)
    }
}

impl Page {
    /// The last column is not filled up, except before the `+` of a cell that goes on.
    fn write_row(
        &self,
        formatter: &mut fmt::Formatter<'_>,
        row: &[Cell],
        widths: &[usize],
    ) -> fmt::Result {
        let height = row
            .iter()
            .map(|cell| cell.0.len())
            .max()
            .unwrap_or_default();
        for line in 0..height {
            for (index, (cell, width)) in row.iter().zip(widths).enumerate() {
                let is_last = index + 1 == row.len();
                let goes_on = line + 1 < cell.0.len();
                let text = cell.0.get(line).map_or("", String::as_str);
                let space = width - text.width();
                let alignment = self.headers.get(index).map(|(_, alignment)| *alignment);
                formatter.write_str(" ")?;
                match alignment {
                    Some(Alignment::Right) => write!(formatter, "{:space$}{text}", "")?,
                    _ if is_last && !goes_on => formatter.write_str(text)?,
                    _ => write!(formatter, "{text}{:space$}", "")?,
                }
                match (goes_on, is_last) {
                    (true, _) => formatter.write_str("+")?,
                    (false, false) => formatter.write_str(" ")?,
                    (false, true) => {}
                }
                formatter.write_str(if is_last { "\n" } else { "|" })?;
            }
        }
        Ok(())
    }
}

impl Cell {
    /// A tab goes to the next eighth column, and what does not print is shown by its number.
    fn new(text: &str) -> Self {
        const TAB: usize = 8;
        let line = |line: &str| {
            let mut shown = String::new();
            for character in line.chars() {
                match character {
                    '\t' => {
                        let width = TAB - shown.width() % TAB;
                        shown.push_str(&" ".repeat(width));
                    }
                    '\r' => shown.push_str("\\r"),
                    '\0'..='\x1f' | '\x7f' => {
                        let number = u32::from(character);
                        shown.extend(['\\', 'x'].into_iter().chain(digits(number)));
                    }
                    _ => shown.push(character),
                }
            }
            shown
        };
        Self(text.split('\n').map(line).collect())
    }

    fn width(&self) -> usize {
        self.0
            .iter()
            .map(|line| line.width())
            .max()
            .unwrap_or_default()
    }
}

/// Two hexadecimal digits.
fn digits(number: u32) -> impl Iterator<Item = char> {
    let digit = |number| char::from_digit(number % 16, 16).map(|digit| digit.to_ascii_uppercase());
    [digit(number / 16), digit(number)].into_iter().flatten()
}

//! Rows as people see them: long values cut.
//!
//! Most values are short. So a first statement asks for the beginning of each, which costs the server a quarter of what it
//! costs to count their characters and to tell long ones apart; only of rows with values that are longer, a second one asks for more.

use std::pin::pin;

use table_diff::{DatabaseError, ShownCell, ShownRow};
use tokio_postgres::Row;

use super::{CELLS, Rows};
use crate::{sql, types};

const MAX: usize = ShownCell::CHARACTERS_MAX;

impl Rows<'_> {
    /// The rows with the encoded `keys`, long values cut.
    pub(crate) async fn shown(&self, keys: &[Vec<u8>]) -> Result<Vec<ShownRow>, DatabaseError> {
        let sql = self.statement(&self.beginnings())?;
        let texts = self.decoded(keys)?;
        let mut shown = Vec::with_capacity(keys.len());
        let mut cut = Cut::default();
        let answer = self.ask(&sql, &texts).await?;
        let mut answer = pin!(answer);
        while let Some(row) = self.next(answer.as_mut()).await? {
            let head = self.head(&row, keys)?;
            let cells = (CELLS..row.len()).map(|index| shown_cell(&row, index));
            let cells: Vec<_> = cells.collect::<Result<_, _>>().map_err(self.failed())?;
            if cells.iter().any(is_cut) {
                cut.places.push(shown.len());
                cut.keys.extend(texts.get(head.index).cloned());
            }
            shown.push(ShownRow {
                key: head.key.clone(),
                time: head.seen.time,
                hash: head.seen.hash,
                cells,
            });
        }
        self.measure(&mut shown, &cut).await?;
        Ok(shown)
    }

    /// Completes the cells of `shown` that are cut.
    async fn measure(&self, shown: &mut [ShownRow], cut: &Cut) -> Result<(), DatabaseError> {
        if cut.keys.is_empty() {
            return Ok(());
        }
        let sql = self.statement(&self.lengths())?;
        let answer = self.ask(&sql, &cut.keys).await?;
        let mut answer = pin!(answer);
        let mut left = cut.places.len();
        while let Some(row) = self.next(answer.as_mut()).await? {
            let head = self.head(&row, &cut.keys)?;
            let place = cut.places.get(head.index);
            let cells = place.and_then(|place| shown.get_mut(*place));
            for (cell, index) in cells
                .into_iter()
                .flat_map(|row| &mut row.cells)
                .zip(CELLS..)
            {
                self.complete(cell, &row, index)?;
            }
            left -= 1;
        }
        if left == 0 {
            return Ok(());
        }
        let detail = format!("{left} rows are gone that were there at the same moment");
        Err(self.place.strange(self.step(), detail))
    }

    fn complete(&self, cell: &mut ShownCell, row: &Row, index: usize) -> Result<(), DatabaseError> {
        let ShownCell::Cut {
            characters, md5, ..
        } = cell
        else {
            return Ok(());
        };
        let told: Option<Vec<String>> = row.try_get(index).map_err(self.failed())?;
        let told = told.and_then(|told| <[String; 2]>::try_from(told).ok());
        let told = told.and_then(|[length, sum]| Some((length.parse().ok()?, sum)));
        (*characters, *md5) = told.ok_or_else(|| {
            let detail = format!("a value is not longer than {MAX} characters any more");
            self.place.strange(self.step(), detail)
        })?;
        Ok(())
    }

    /// Each column's text, or one character more of it than is shown.
    fn beginnings(&self) -> Vec<String> {
        let texts = sql::texts(self.reading, "t");
        let columns = self.reading.columns.iter().zip(texts);
        let beginning = |((_, type_name), text): (&(String, String), String)| {
            let beginning = format!("left({text}, {})", MAX + 1);
            if types::is_short(type_name) {
                text
            } else if types::is_text(type_name) {
                // Bytes are counted at once, characters one by one.
                format!("CASE WHEN octet_length({text}) > {MAX} THEN {beginning} ELSE {text} END")
            } else {
                beginning
            }
        };
        columns.map(beginning).collect()
    }

    /// The length and the MD5 of each column's text where it is cut. The text is made once.
    fn lengths(&self) -> Vec<String> {
        let texts = sql::texts(self.reading, "t").into_iter();
        let lengths = texts.map(|text| {
            format!(
                "(SELECT CASE WHEN length(x) > {MAX} THEN ARRAY[length(x)::text, md5(x)] END \
                 FROM (SELECT {text} OFFSET 0) AS cell (x))"
            )
        });
        lengths.collect()
    }
}

/// Rows with cells that are cut.
#[derive(Debug, Default)]
struct Cut {
    /// Where they are among all that are shown.
    places: Vec<usize>,
    keys: Vec<Vec<String>>,
}

fn is_cut(cell: &ShownCell) -> bool {
    matches!(cell, ShownCell::Cut { .. })
}

/// The cell in the column `index` of `row`; one that is cut is to be completed.
fn shown_cell(row: &Row, index: usize) -> Result<ShownCell, tokio_postgres::Error> {
    let text: Option<&str> = row.try_get(index)?;
    Ok(match text {
        None => ShownCell::Null,
        // Bytes are counted faster than characters, of which there are never more.
        Some(text) if text.len() <= MAX => ShownCell::Whole(text.to_owned()),
        Some(text) => match text.char_indices().nth(MAX) {
            None => ShownCell::Whole(text.to_owned()),
            Some((end, _)) => ShownCell::Cut {
                beginning: text[..end].to_owned(),
                characters: 0,
                md5: String::new(),
            },
        },
    })
}

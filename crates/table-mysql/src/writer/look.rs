//! Staged rows beside those of the table: before writing, and after it.

use mysql_async::{Row, Value};
use table_diff::{Action, Change, DatabaseError, Seen, StaleRow, key};

use super::stage::{NUMBER, OWN, numbered};
use super::{ROWS, Staged};
use crate::cell;
use crate::layout::{TOO_LONG, cell_at};
use crate::rows;

/// How many rows that are not as they should be are named.
const NAMED: usize = 20;

/// How many bytes of old rows are read together, but for one row that is larger.
const OLD_BYTES: u64 = 4 * 1024 * 1024;

/// Where the columns of [`Staged::both`] are; the values of the key come last.
const HAS_ROW: usize = 0;
const TIME: usize = 1;
const HASH: usize = 2;
const SEEN: usize = 3;
const WANTED: usize = 5;
const KEY: usize = 7;

impl Staged<'_> {
    /// Locks the rows, in the order in which they were staged, and answers those that are not as they were seen.
    pub(super) async fn lock_and_check(&mut self) -> Result<(u64, Vec<StaleRow>), DatabaseError> {
        let step = self.step("locking rows of");
        self.differing(&step, SEEN).await
    }

    /// Answers the rows that are not as they were wanted to be.
    pub(super) async fn verify(&mut self) -> Result<(u64, Vec<StaleRow>), DatabaseError> {
        let step = self.step("looking at the written rows of");
        self.differing(&step, WANTED).await
    }

    /// The next rows as they are now, as changes that lead back to them: `most` at most, and fewer where they are large.
    pub(super) async fn old(&mut self, most: usize) -> Result<Vec<Change>, DatabaseError> {
        let step = self.step("reading the old rows of");
        let first = self.stage.read;
        let last = first.saturating_add(u64::try_from(most).unwrap_or(u64::MAX));
        let last = self.within_bytes(&step, first, last).await?;
        self.stage.read = last;
        let values = rows::values(&self.layout, "t");
        let sql = self.both(&values);
        let rows = self
            .session
            .rows(&step, &sql, vec![first.into(), last.into()])
            .await?;
        let changes: Result<_, String> = rows.iter().map(|row| self.back(row)).collect();
        changes.map_err(|detail| self.session.answer(&step, detail))
    }

    /// The number of the last of the rows behind `first`, not behind `last`, that hold [`OLD_BYTES`] together; of one at least.
    async fn within_bytes(
        &mut self,
        step: &str,
        first: u64,
        last: u64,
    ) -> Result<u64, DatabaseError> {
        let last = last.min(self.stage.rows);
        let lengths = self.layout.columns("t");
        let lengths = lengths.map(|(_, column)| format!("IFNULL(LENGTH({column}), 0)"));
        let lengths: Vec<_> = lengths.collect();
        let sql = self.both(&lengths.join(" + "));
        let rows = self
            .session
            .rows(step, &sql, vec![first.into(), last.into()])
            .await?;
        let place = KEY + self.layout.key.len();
        let (mut bytes, mut end) = (0, first);
        for row in &rows {
            let length: Result<u64, _> = cell::number(cell_at(row, place), "length");
            bytes += length.map_err(|error| self.session.answer(step, error.to_string()))?;
            if bytes > OLD_BYTES && end > first {
                break;
            }
            end += 1;
        }
        Ok(end)
    }

    /// What leads back to the row as it is now.
    fn back(&self, row: &Row) -> Result<Change, String> {
        let key = self.key_of(row)?;
        let (seen, wanted) = (seen_at(row, WANTED)?, self.now(row)?);
        let action = match (seen, wanted) {
            (None, _) => Action::Insert,
            (Some(_), None) => Action::Delete,
            (Some(_), Some(_)) => Action::Update,
        };
        let first_value = KEY + self.layout.key.len();
        let values = wanted.map(|_| rows::read_values(&self.layout, row, first_value));
        Ok(Change {
            action,
            key,
            seen,
            wanted,
            values: values.transpose()?,
        })
    }

    /// The rows that differ from what stands at `expected`: how many, and the first of them.
    async fn differing(
        &mut self,
        step: &str,
        expected: usize,
    ) -> Result<(u64, Vec<StaleRow>), DatabaseError> {
        let sql = self.both("NULL");
        let (mut count, mut named) = (0, Vec::new());
        let mut first = 0;
        while first < self.stage.rows {
            let bound = vec![first.into(), (first + ROWS).into()];
            let rows = self.session.rows(step, &sql, bound).await?;
            for row in &rows {
                let stale = self.compare(row, expected);
                let stale = stale.map_err(|detail| self.session.answer(step, detail))?;
                count += u64::from(stale.is_some());
                named.extend(stale.filter(|_| named.len() < NAMED));
            }
            first += ROWS;
        }
        Ok((count, named))
    }

    fn compare(&self, row: &Row, expected: usize) -> Result<Option<StaleRow>, String> {
        let (seen, now) = (seen_at(row, expected)?, self.now(row)?);
        if seen == now {
            return Ok(None);
        }
        let key = self.key_of(row)?;
        Ok(Some(StaleRow { key, seen, now }))
    }

    /// The row that is there now.
    fn now(&self, row: &Row) -> Result<Option<Seen>, String> {
        let has_row: u8 = cell::number(cell_at(row, HAS_ROW), "flag").map_err(words)?;
        if has_row == 0 {
            return Ok(None);
        }
        let hash = cell::hash(cell_at(row, HASH)).map_err(words)?;
        let hash = hash.ok_or(TOO_LONG)?;
        let time = self.layout.read_time(row, TIME).map_err(words)?;
        Ok(Some(Seen { hash, time }))
    }

    fn key_of(&self, row: &Row) -> Result<Vec<String>, String> {
        let mut bytes = Vec::new();
        self.layout.read_key(row, KEY, &mut bytes).map_err(words)?;
        key::decode(&self.layout.reading.key, &bytes).map_err(words)
    }

    /// Staged rows with those of the table, and `more` of these. They are locked each time, so that what is read is never an older state
    /// than what was written over.
    fn both(&self, more: &str) -> String {
        let layout = &self.layout;
        let key = layout.key_columns("t").next();
        let has_row = key.map_or_else(String::new, |(_, _, column)| {
            format!("{column} IS NOT NULL")
        });
        let own: Vec<_> = OWN[2..].iter().map(|name| format!("s.{name}")).collect();
        format!(
            "SELECT {has_row}, {}, {}, {}, {}, {more} FROM {} s LEFT JOIN {} t ON {} \
             WHERE {} ORDER BY {NUMBER} FOR UPDATE",
            layout.time("t"),
            layout.hash("t"),
            own.join(", "),
            layout.key("s"),
            self.stage.name,
            layout.table(),
            layout.same_key("t", "s"),
            numbered()
        )
    }
}

/// A pair of hash and time of the stage's own columns.
fn seen_at(row: &Row, place: usize) -> Result<Option<Seen>, String> {
    if *cell_at(row, place) == Value::NULL {
        return Ok(None);
    }
    let hash = cell::number(cell_at(row, place), "hash").map_err(words)?;
    let time = match cell_at(row, place + 1) {
        Value::NULL => None,
        time => Some(cell::number(time, "time").map_err(words)?),
    };
    Ok(Some(Seen { hash, time }))
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to `map_err`")]
fn words(error: key::KeyError) -> String {
    error.to_string()
}

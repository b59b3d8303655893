//! Whole rows, for a person to see and to be written.

use mysql_async::{Row, Value};
use table_diff::key::{self, KeyError};
use table_diff::{Action, Change, DatabaseError, Reading, ShownCell, ShownRow};

use crate::cell;
use crate::keys;
use crate::kind::Kind;
use crate::layout::{Layout, cell_at, list};
use crate::session::Session;

/// How many bytes of a binary value make a text of [`ShownCell::CHARACTERS_MAX`]: `\x` and two digits each.
const BYTES_SHOWN: usize = (ShownCell::CHARACTERS_MAX - 2) / 2;

/// What rows are read as of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AsOf {
    /// The moment of the session's transaction.
    Moment,
    /// The end of all transactions that hold one of them.
    Rest,
}

/// The rows with `keys`, as a person sees them.
pub(crate) async fn shown(
    session: &mut Session,
    reading: &Reading,
    keys: &[Vec<u8>],
    as_of: AsOf,
) -> Result<Vec<ShownRow>, DatabaseError> {
    let step = format!("reading rows of {} to show", reading.table);
    let texts: Result<Vec<_>, _> = keys
        .iter()
        .map(|it| key::decode(&reading.key, it))
        .collect();
    let texts = texts.map_err(|error| session.answer(&step, error.to_string()))?;
    let layout = Layout::of(reading, &session.database)?;
    let cells = list(
        layout
            .columns("t")
            .map(|(kind, column)| beginning(kind, &column)),
    );
    let rows = select(session, &step, &layout, &cells, &texts, as_of).await?;
    let row = |row: Row| {
        let (key, seen) = layout.read_seen(&row)?;
        let mut place = layout.mark_length();
        let mut next = || {
            place += 1;
            cell_at(&row, place - 1)
        };
        let cells = layout.kinds.iter().map(|kind| shown_cell(*kind, &mut next));
        let cells = cells.collect::<Result<_, _>>();
        Ok(ShownRow {
            key,
            time: seen.time,
            hash: seen.hash,
            cells: cells.map_err(|error: KeyError| error.to_string())?,
        })
    };
    // Each goes as soon as it was looked at.
    let rows: Result<_, String> = rows.into_iter().map(row).collect();
    rows.map_err(|detail| session.answer(&step, detail))
}

/// The whole rows with `keys`, as changes.
pub(crate) async fn whole(
    session: &mut Session,
    reading: &Reading,
    keys: &[Vec<String>],
) -> Result<Vec<Change>, DatabaseError> {
    let step = format!("reading rows of {}", reading.table);
    let layout = Layout::of(reading, &session.database)?;
    let values = values(&layout, "t");
    let rows = select(session, &step, &layout, &values, keys, AsOf::Moment).await?;
    let change = |row: &Row| {
        let (key, seen) = layout.read_seen(row)?;
        let key = key::decode(&reading.key, &key).map_err(|error| error.to_string())?;
        Ok(Change {
            action: Action::Insert,
            key,
            seen: None,
            wanted: Some(seen),
            values: Some(read_values(&layout, row, layout.mark_length())?),
        })
    };
    let changes: Result<_, String> = rows.iter().map(change).collect();
    changes.map_err(|detail| session.answer(&step, detail))
}

/// All columns of the table called `alias`.
pub(crate) fn values(layout: &Layout<'_>, alias: &str) -> String {
    list(
        layout
            .columns(alias)
            .map(|(kind, column)| kind.value(&column)),
    )
}

/// The texts of what [`values`] selected, from column `first` of `row` on.
pub(crate) fn read_values(
    layout: &Layout<'_>,
    row: &Row,
    first: usize,
) -> Result<Vec<Option<String>>, String> {
    let cells = layout.kinds.iter().enumerate().map(|(place, kind)| {
        cell::text(*kind, cell_at(row, first + place)).map_err(|error| error.to_string())
    });
    cells.collect()
}

/// The marks and `more` of the rows with `keys`, in the order of the keys.
async fn select(
    session: &mut Session,
    step: &str,
    layout: &Layout<'_>,
    more: &str,
    keys: &[Vec<String>],
    as_of: AsOf,
) -> Result<Vec<Row>, DatabaseError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let condition = keys::any_of(layout, "t", keys);
    let condition = condition.map_err(|error| session.answer(step, error.to_string()))?;
    // A lock that readers share: who reads need not be allowed to write.
    let lock = match as_of {
        AsOf::Moment => "",
        AsOf::Rest => " LOCK IN SHARE MODE",
    };
    let sql = format!(
        "SELECT {}, {more} FROM {} t WHERE {} ORDER BY {}{lock}",
        layout.mark("t", true),
        layout.table(),
        condition.sql,
        layout.order("t")
    );
    session.rows(step, &sql, condition.values).await
}

/// What is selected of a cell that is shown: its beginning, and of one that may be long also its length and its MD5.
fn beginning(kind: Kind, column: &str) -> String {
    let value = kind.value(column);
    if kind.is_binary() {
        let md5 = format!("IF(LENGTH({value}) > {BYTES_SHOWN}, MD5({value}), NULL)");
        return format!("LEFT({value}, {BYTES_SHOWN}), LENGTH({value}), {md5}");
    }
    if kind.is_text() {
        let most = ShownCell::CHARACTERS_MAX;
        let md5 = format!("IF(CHAR_LENGTH({value}) > {most}, MD5({value}), NULL)");
        return format!("LEFT({value}, {most}), CHAR_LENGTH({value}), {md5}");
    }
    value
}

fn shown_cell<'a>(kind: Kind, next: &mut impl FnMut() -> &'a Value) -> Result<ShownCell, KeyError> {
    let Some(beginning) = cell::text(kind, next())? else {
        if kind.is_binary() || kind.is_text() {
            next();
            next();
        }
        return Ok(ShownCell::Null);
    };
    if !(kind.is_binary() || kind.is_text()) {
        return Ok(ShownCell::Whole(beginning));
    }
    let length = cell::number(next(), "length")?;
    Ok(match cell::text(Kind::Text, next())? {
        None => ShownCell::Whole(beginning),
        Some(md5) => ShownCell::Cut {
            beginning,
            characters: if kind.is_binary() {
                2 + 2 * length
            } else {
                length
            },
            md5,
        },
    })
}

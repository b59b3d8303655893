//! The place beside a table that changes are put into: a temporary table of the session's own.

use mysql_async::Value;
use table_diff::{Action, Change, DatabaseError, Seen, TableName};

use crate::cell;
use crate::identifier::{column, quote, quote_table};
use crate::kind::Kind;
use crate::layout::{Layout, list};
use crate::session::Session;

/// The most values that one statement binds: the protocol counts them by 16 bits.
const VALUES_MAX: usize = 60_000;
/// The most rows of one statement.
const ROWS_MAX: usize = 500;
/// About how many bytes of values one statement carries, unless one row alone is larger.
const BYTES_MAX: usize = 1 << 20;
/// What the protocol adds to a statement's values, at most.
const OVERHEAD: usize = 1 << 16;

/// The columns of the stage's own. Their names have a space, for those of the table stand beside them.
pub(super) const NUMBER: &str = "s.`tasuki number`";
pub(super) const ACTION: &str = "s.`tasuki action`";
pub(super) const OWN: [&str; 6] = [
    "`tasuki number`",
    "`tasuki action`",
    "`tasuki seen hash`",
    "`tasuki seen time`",
    "`tasuki wanted hash`",
    "`tasuki wanted time`",
];
const OWN_TYPES: [&str; 6] = [
    "BIGINT UNSIGNED NOT NULL DEFAULT 0 PRIMARY KEY",
    "TINYINT NOT NULL DEFAULT 0",
    "BIGINT UNSIGNED NULL",
    "BIGINT NULL",
    "BIGINT UNSIGNED NULL",
    "BIGINT NULL",
];

/// Staged rows, numbered from 1.
#[derive(Debug)]
pub(super) struct Stage {
    /// The temporary table, quoted.
    pub(super) name: String,
    /// How many rows there are.
    pub(super) rows: u64,
    /// How many of them were read by `old`.
    pub(super) read: u64,
    /// Whether they were looked at after the last writing.
    pub(super) verified: bool,
}

impl Stage {
    /// Makes the temporary table, with the columns of the reading as the table has them, but for NULL, which all may be: a row to be deleted
    /// has but a key.
    pub(super) async fn make(
        session: &mut Session,
        layout: &Layout<'_>,
        number: usize,
    ) -> Result<Self, DatabaseError> {
        let name = quote_table(&TableName {
            schema: layout.reading.table.schema.clone(),
            name: format!("tasuki_stage_{number}"),
        });
        let own = OWN.iter().zip(OWN_TYPES);
        let own = list(own.map(|(name, type_name)| format!("{name} {type_name}")));
        let columns = list(layout.columns("t").map(|(_, column)| column));
        let sql = format!(
            "CREATE TEMPORARY TABLE {name} ({own}) ENGINE = InnoDB \
             SELECT {columns} FROM (SELECT 1 AS one) o LEFT JOIN {} t ON FALSE WHERE FALSE",
            layout.table()
        );
        let step = format!(
            "making a temporary table (which takes the right CREATE TEMPORARY TABLES) for {}",
            layout.reading.table
        );
        session.run(&step, &sql, Vec::new()).await?;
        Ok(Self {
            name,
            rows: 0,
            read: 0,
            verified: false,
        })
    }

    /// Adds `changes`, as many with one statement as may be.
    pub(super) async fn add(
        &mut self,
        session: &mut Session,
        layout: &Layout<'_>,
        changes: &[Change],
    ) -> Result<(), DatabaseError> {
        let step = format!("staging rows of {}", layout.reading.table);
        let width = OWN.len() + layout.kinds.len();
        let rows_max = (VALUES_MAX / width).clamp(1, ROWS_MAX);
        let (mut values, mut bytes) = (Vec::new(), 0);
        for change in changes {
            let row = self.row(layout, change);
            let row = row.map_err(|detail| session.answer(&step, detail))?;
            let length: usize = row.iter().map(length).sum();
            check_length(session, layout, length)?;
            if values.len() / width == rows_max || (bytes + length > BYTES_MAX && bytes > 0) {
                self.insert(session, layout, &step, std::mem::take(&mut values))
                    .await?;
                bytes = 0;
            }
            values.extend(row);
            bytes += length;
        }
        if !values.is_empty() {
            self.insert(session, layout, &step, values).await?;
        }
        Ok(())
    }

    async fn insert(
        &self,
        session: &mut Session,
        layout: &Layout<'_>,
        step: &str,
        values: Vec<Value>,
    ) -> Result<(), DatabaseError> {
        let width = OWN.len() + layout.kinds.len();
        let names = layout.reading.columns.iter().map(|(name, _)| quote(name));
        let names = list(OWN.iter().map(|name| (*name).to_owned()).chain(names));
        let row = format!("({})", list(vec!["?".to_owned(); width]));
        let rows = list(vec![row; values.len() / width]);
        let sql = format!("INSERT INTO {} ({names}) VALUES {rows}", self.name);
        session.run(step, &sql, values).await?;
        Ok(())
    }

    /// The values of a change, as the stage has its columns.
    fn row(&mut self, layout: &Layout<'_>, change: &Change) -> Result<Vec<Value>, String> {
        self.rows += 1;
        let seen = |seen: Option<Seen>| {
            let hash = seen.map_or(Value::NULL, |seen| Value::UInt(seen.hash));
            let time = seen.and_then(|seen| seen.time);
            [hash, time.map_or(Value::NULL, Value::Int)]
        };
        let mut row = vec![Value::UInt(self.rows), Value::Int(code(change.action))];
        row.extend(seen(change.seen));
        row.extend(seen(change.wanted));
        let mut cells = match &change.values {
            Some(values) if values.len() == layout.kinds.len() => values.clone(),
            Some(values) => {
                return Err(format!(
                    "{} values for {} columns",
                    values.len(),
                    layout.kinds.len()
                ));
            }
            None => vec![None; layout.kinds.len()],
        };
        if change.values.is_none() {
            for (place, text) in layout.key.iter().zip(&change.key) {
                // The session is at UTC, and the server does not know the sign of a moment.
                let is_moment = layout.kinds[*place] == Kind::Timestamp;
                let plain = text.strip_suffix("+00").filter(|_| is_moment);
                cells[*place] = Some(plain.unwrap_or(text).to_owned());
            }
        }
        for (kind, text) in layout.kinds.iter().zip(cells) {
            row.push(match text {
                Some(text) => value(*kind, text)?,
                None => Value::NULL,
            });
        }
        Ok(row)
    }
}

/// The number that stands for an action.
pub(super) fn code(action: Action) -> i64 {
    match action {
        Action::Insert => 1,
        Action::Update => 2,
        Action::Delete => 3,
    }
}

/// What is bound for a text of the kind.
fn value(kind: Kind, text: String) -> Result<Value, String> {
    if kind.is_binary() {
        let bytes = cell::from_hexadecimal(&text);
        return bytes
            .map(Value::Bytes)
            .ok_or_else(|| "bytes that are no `\\x00ff`".to_owned());
    }
    if kind == Kind::Bit {
        // A text would be taken for its bytes.
        let number = text.parse().map(Value::UInt);
        return number.map_err(|_| "bits that are no number".to_owned());
    }
    Ok(Value::Bytes(text.into_bytes()))
}

fn length(value: &Value) -> usize {
    match value {
        Value::Bytes(bytes) => bytes.len() + 9,
        _ => 9,
    }
}

fn check_length(
    session: &Session,
    layout: &Layout<'_>,
    length: usize,
) -> Result<(), DatabaseError> {
    let most = session.packet_max;
    if u64::try_from(length + OVERHEAD).is_ok_and(|length| length <= most) {
        return Ok(());
    }
    Err(DatabaseError::Refused {
        table: layout.reading.table.to_string(),
        database: session.database.to_string(),
        rule: format!(
            "a row has {length} bytes, and the server takes {most} at once; raise its max_allowed_packet"
        ),
    })
}

/// That the staged row is for `action`, and is one of those whose numbers are bound.
pub(super) fn staged_for(action: Action) -> String {
    format!("{ACTION} = {} AND {}", code(action), numbered())
}

/// That the staged row's number is behind the first bound one, and not behind the second.
pub(super) fn numbered() -> String {
    format!("{NUMBER} > ? AND {NUMBER} <= ?")
}

/// `name` of the stage.
pub(super) fn staged_column(name: &str) -> String {
    column("s", name)
}

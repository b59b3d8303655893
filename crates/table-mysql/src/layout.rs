//! What a reading is in SQL.

use mysql_async::{Row, Value};
use table_diff::key::KeyError;
use table_diff::{DatabaseError, KeyType, Reading, Seen};

use crate::cell;
use crate::identifier::{column, quote_table};
use crate::kind::Kind;

/// A reading whose types are known.
pub(crate) struct Layout<'r> {
    pub(crate) reading: &'r Reading,
    /// The kind of each of the reading's columns.
    pub(crate) kinds: Vec<Kind>,
    /// Each column of the key, as its number among the reading's columns.
    pub(crate) key: Vec<usize>,
}

/// The columns that [`Layout::mark`] selects before the values of the key.
const BEFORE_KEY: usize = 2;

impl<'r> Layout<'r> {
    /// Reads the types.
    ///
    /// # Errors
    /// One is unknown, or the key is not among the columns.
    pub(crate) fn of(reading: &'r Reading, database: &str) -> Result<Self, DatabaseError> {
        let refused = |rule: String| DatabaseError::Refused {
            table: reading.table.to_string(),
            database: database.to_owned(),
            rule,
        };
        let kinds = reading.columns.iter().map(|(name, type_name)| {
            let unknown = || {
                refused(format!(
                    "column {name} has the unknown type {type_name}; leave it out"
                ))
            };
            Kind::of(type_name).ok_or_else(unknown)
        });
        let key = reading.key.iter().map(|(name, _)| {
            let place = reading
                .columns
                .iter()
                .position(|(column, _)| column == name);
            place.ok_or_else(|| refused(format!("column {name} of the key must not be left out")))
        });
        Ok(Self {
            kinds: kinds.collect::<Result<_, _>>()?,
            key: key.collect::<Result<_, _>>()?,
            reading,
        })
    }

    /// The table.
    pub(crate) fn table(&self) -> String {
        quote_table(&self.reading.table)
    }

    /// The name, kind and reference under `alias` of each column.
    pub(crate) fn columns(&self, alias: &str) -> impl Iterator<Item = (Kind, String)> {
        let names = self.reading.columns.iter();
        names
            .zip(&self.kinds)
            .map(move |((name, _), kind)| (*kind, column(alias, name)))
    }

    /// The kind, type and reference under `alias` of each column of the key.
    pub(crate) fn key_columns(&self, alias: &str) -> impl Iterator<Item = (Kind, KeyType, String)> {
        let columns = self.reading.key.iter().zip(&self.key);
        columns.map(move |((name, key_type), place)| {
            (self.kinds[*place], *key_type, column(alias, name))
        })
    }

    /// The row's hash: the first 64 bits of a SHA-1, in hexadecimal, which processors of today make in a third of the time of an MD5. NULL where the row is longer than the server can hold in one piece.
    pub(crate) fn hash(&self, alias: &str) -> String {
        hash_of(self.columns(alias))
    }

    /// The time of change, or NULL.
    pub(crate) fn time(&self, alias: &str) -> String {
        match &self.reading.time {
            Some((name, _)) => format!("CAST({} AS CHAR)", column(alias, name)),
            None => "NULL".to_owned(),
        }
    }

    /// What the key is ordered by.
    pub(crate) fn order(&self, alias: &str) -> String {
        let columns = self.key_columns(alias);
        list(columns.map(|(kind, _, column)| kind.order(&column)))
    }

    /// The time, the hash (NULL where `with_hash` is not) and the key of the table called `alias`.
    pub(crate) fn mark(&self, alias: &str, with_hash: bool) -> String {
        let hash = if with_hash {
            self.hash(alias)
        } else {
            "NULL".to_owned()
        };
        format!("{}, {hash}, {}", self.time(alias), self.key(alias))
    }

    /// The columns of the key of the table called `alias`.
    pub(crate) fn key(&self, alias: &str) -> String {
        let key = self.key_columns(alias);
        list(key.map(|(kind, _, column)| kind.value(&column)))
    }

    /// That a row of `one` has the key of a row of `other`.
    pub(crate) fn same_key(&self, one: &str, other: &str) -> String {
        let pairs = self.key_columns(one).zip(self.key_columns(other));
        let equal = pairs.map(|((kind, key_type, one), (_, _, other))| {
            let equal = format!("{one} = {other}");
            if key_type == KeyType::Text {
                format!("{equal} AND {} = {}", kind.order(&one), kind.order(&other))
            } else {
                equal
            }
        });
        equal.collect::<Vec<_>>().join(" AND ")
    }

    /// How many columns [`Layout::mark`] selects.
    pub(crate) fn mark_length(&self) -> usize {
        BEFORE_KEY + self.key.len()
    }

    /// Reads what [`Layout::mark`] selected, from the first column of `row` on; `None` for the hash where it is NULL.
    pub(crate) fn read_mark(
        &self,
        row: &Row,
        key: &mut Vec<u8>,
    ) -> Result<(Option<i64>, Option<u64>), KeyError> {
        let time = self.read_time(row, 0)?;
        let hash = cell::hash(cell_at(row, 1))?;
        self.read_key(row, BEFORE_KEY, key)?;
        Ok((time, hash))
    }

    /// Reads what [`Layout::time`] selected as column `place`.
    pub(crate) fn read_time(&self, row: &Row, place: usize) -> Result<Option<i64>, KeyError> {
        match &self.reading.time {
            Some((_, kind)) => cell::time(*kind, cell_at(row, place)),
            None => Ok(None),
        }
    }

    /// Reads what [`Layout::key`] selected, from column `first` on.
    pub(crate) fn read_key(
        &self,
        row: &Row,
        first: usize,
        key: &mut Vec<u8>,
    ) -> Result<(), KeyError> {
        for (place, (_, kind)) in self.reading.key.iter().enumerate() {
            cell::push_key(key, *kind, cell_at(row, first + place))?;
        }
        Ok(())
    }

    /// Reads a mark whose hash must be there.
    pub(crate) fn read_seen(&self, row: &Row) -> Result<(Vec<u8>, Seen), String> {
        let mut key = Vec::new();
        let (time, hash) = self
            .read_mark(row, &mut key)
            .map_err(|error| error.to_string())?;
        let hash = hash.ok_or(TOO_LONG)?;
        Ok((key, Seen { hash, time }))
    }
}

/// A cell of a row; NULL for one that was not selected.
pub(crate) fn cell_at(row: &Row, place: usize) -> &Value {
    row.as_ref(place).unwrap_or(&Value::NULL)
}

/// What is wrong with a row without hash.
pub(crate) const TOO_LONG: &str =
    "a row is too long to be hashed: raise the server's max_allowed_packet to twice its length";

/// The hash of the row of `columns`.
pub(crate) fn hash_of(columns: impl Iterator<Item = (Kind, String)>) -> String {
    let parts = columns.map(|(kind, column)| kind.hash_part(&column));
    format!("LEFT(SHA1(CONCAT_WS(',', {})), 16)", list(parts))
}

/// `parts`, with commas between them.
pub(crate) fn list(parts: impl IntoIterator<Item = String>) -> String {
    let parts: Vec<_> = parts.into_iter().collect();
    parts.join(", ")
}

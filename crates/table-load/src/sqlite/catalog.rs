//! Tables as SQLite describes them, and which cells fit which types.

use rusqlite::{Connection, OptionalExtension as _, Row};

use crate::Kind;
use crate::structure::{Dialect, Existing, ExistingColumn};

/// SQLite's types. Names are one if they differ only in the case of ASCII letters.
pub(super) const DIALECT: Dialect<()> = Dialect {
    fit,
    native,
    same_name: |one, other| one.eq_ignore_ascii_case(other),
};

/// Also the type of the column in staging.
fn native(kind: Kind) -> &'static str {
    match kind {
        Kind::BigInt => "INTEGER",
        _ => "TEXT",
    }
}

/// What a column does to the values that it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Affinity {
    Text,
    Numeric,
    Integer,
    Real,
    Blob,
}

impl Affinity {
    /// Source: SQLite documentation, "Datatypes In SQLite", 3.1 "Determination Of Column Affinity".
    fn of(type_name: &str) -> Self {
        let name = type_name.to_ascii_uppercase();
        let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
        if has(&["INT"]) {
            Self::Integer
        } else if has(&["CHAR", "CLOB", "TEXT"]) {
            Self::Text
        } else if name.is_empty() || has(&["BLOB"]) {
            Self::Blob
        } else if has(&["REAL", "FLOA", "DOUB"]) {
            Self::Real
        } else {
            Self::Numeric
        }
    }
}

/// A cell fits where it comes back as it went in: a column for numbers would make `0311112222` to `311112222`.
/// `DATE` and `DATETIME` are such columns, yet leave alone what is no number.
fn fit(kind: Kind, type_name: &str) -> Option<()> {
    let keeps = matches!(
        (kind, Affinity::of(type_name)),
        (_, Affinity::Text | Affinity::Blob)
            | (Kind::BigInt, Affinity::Integer | Affinity::Numeric)
            | (
                Kind::Timestamptz | Kind::Date | Kind::Time,
                Affinity::Numeric
            )
    );
    keeps.then_some(())
}

/// What is there under the name `table`.
pub(super) fn describe(connection: &Connection, table: &str) -> rusqlite::Result<Option<Existing>> {
    let kind = connection
        .query_row(
            "SELECT iif(sql LIKE 'CREATE VIRTUAL%', 'virtual', type) FROM main.sqlite_schema \
             WHERE name = ?1 COLLATE NOCASE AND type IN ('table', 'view')",
            [table],
            |row| row.get::<_, String>(0),
        )
        .optional()?;
    let odd_kind = match kind.as_deref() {
        None => return Ok(None),
        Some("table") => None,
        Some("view") => Some("a view".to_owned()),
        Some(_) => Some("a virtual table".to_owned()),
    };
    Ok(Some(Existing {
        odd_kind,
        columns: columns(connection, table)?,
        unique_keys: unique_keys(connection, table)?,
    }))
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<ExistingColumn>> {
    let sql = "SELECT name, type, \"notnull\" AND dflt_value IS NULL, hidden <> 0 \
               FROM pragma_table_xinfo(?1, 'main') ORDER BY cid";
    collect(connection, sql, table, |row| {
        Ok(ExistingColumn {
            name: row.get(0)?,
            type_name: row.get(1)?,
            required: row.get(2)?,
            computed: row.get(3)?,
        })
    })
}

fn unique_keys(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Vec<String>>> {
    // An INTEGER PRIMARY KEY has no index of its own.
    let primary = "SELECT name FROM pragma_table_xinfo(?1, 'main') WHERE pk > 0 ORDER BY pk";
    let mut keys = vec![collect(connection, primary, table, |row| row.get(0))?];
    let unique = "SELECT name FROM pragma_index_list(?1, 'main') WHERE \"unique\" AND NOT partial ORDER BY name";
    for index in collect(connection, unique, table, |row| row.get::<_, String>(0))? {
        let names = "SELECT name FROM pragma_index_info(?1, 'main') ORDER BY seqno";
        let names: Vec<Option<String>> = collect(connection, names, &index, |row| row.get(0))?;
        // An index of an expression has no name for it, and is no key.
        keys.extend(names.into_iter().collect::<Option<Vec<_>>>());
    }
    keys.retain(|key| !key.is_empty());
    Ok(keys)
}

fn collect<T>(
    connection: &Connection,
    sql: &str,
    argument: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection
        .prepare(sql)?
        .query_map([argument], read)?
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_decides_by_its_letters() {
        let cases = [
            ("BIGINT", Affinity::Integer),
            ("VARCHAR(20)", Affinity::Text),
            ("text", Affinity::Text),
            ("", Affinity::Blob),
            ("DOUBLE PRECISION", Affinity::Real),
            ("DECIMAL(10,2)", Affinity::Numeric),
            ("DATETIME", Affinity::Numeric),
        ];
        for (name, affinity) in cases {
            assert_eq!(Affinity::of(name), affinity, "{name}");
        }
    }

    #[test]
    fn a_cell_fits_only_where_it_comes_back() {
        assert!(fit(Kind::Text, "NUMERIC").is_none());
        assert!(fit(Kind::Numeric, "REAL").is_none());
        assert!(fit(Kind::Numeric, "TEXT").is_some());
        assert!(fit(Kind::Timestamptz, "DATETIME").is_some());
        assert!(fit(Kind::BigInt, "REAL").is_none());
    }
}

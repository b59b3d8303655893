//! What to load where: tables, columns, and how they meet what is there.

use std::collections::BTreeSet;
use std::str::FromStr;

use crate::LoadError;

/// The whole of one load: it happens completely or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadPlan {
    /// The first is the parent, the others are its children.
    pub tables: Vec<Table>,
    /// How the rows meet those that are there.
    pub mode: Mode,
    /// An IANA zone, such as `Asia/Tokyo`: what a PostgreSQL column `timestamp without time zone` tells.
    pub time_zone: String,
    /// Make missing tables and add missing columns.
    pub create: bool,
    /// Whose rows these are, such as `kintone app 12`: seen in messages and in `pg_stat_activity`.
    pub source: String,
}

/// A table and its wanted columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The name, verbatim; up to the first dot it is the schema: `sales.customers`.
    pub name: String,
    /// The columns, in the order of the cells of a row.
    pub columns: Vec<Column>,
    /// The names of the columns that identify a row; empty where nothing does.
    pub key: Vec<String>,
    /// In a child: the names of its columns that hold the parent's key, in the order of that key.
    /// Empty in the parent. `upsert` needs it, to remove children that a parent no longer has.
    pub parent: Vec<String>,
}

/// A wanted column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name, verbatim.
    pub name: String,
    /// What its cells hold.
    pub kind: Kind,
}

/// What the cells of a column hold, and what a new column is made of.
///
/// A cell is text; `None` is NULL and `Some("")` the empty text.
///
/// | kind | cell | PostgreSQL | SQLite |
/// |---|---|---|---|
/// | `BigInt` | `12` | `bigint` | `INTEGER` |
/// | `Numeric` | `0012.50` | `numeric` | `TEXT` |
/// | `Text` | verbatim | `text` | `TEXT` |
/// | `TextArray` | a JSON array of texts | `text[]` | `TEXT`, the JSON |
/// | `Timestamptz` | `2024-03-04T00:30:00Z` | `timestamp with time zone` | `TEXT`, verbatim |
/// | `Date` | `2024-03-04` | `date` | `TEXT` |
/// | `Time` | `09:30` | `time without time zone` | `TEXT` |
/// | `Json` | JSON | `jsonb` | `TEXT` |
///
/// SQLite's own numbers hold 15 digits and drop zeros, so `Numeric` stays text there and every
/// literal comes back as it went in: compute with `CAST("price" AS REAL)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number of 64 bits.
    BigInt,
    /// A decimal number of any length.
    Numeric,
    /// Text.
    Text,
    /// Several texts.
    TextArray,
    /// A moment.
    Timestamptz,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A JSON value.
    Json,
}

/// How the rows meet those that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Afterwards the table holds these rows and no others.
    Replace,
    /// Rows with a known key are updated where they differ, others are inserted, none of the parent is deleted.
    /// The children of the parents at hand become exactly those at hand.
    Upsert,
    /// All rows are inserted; a key that is there already stops the load.
    Append,
}

impl FromStr for Mode {
    type Err = UnknownMode;

    fn from_str(text: &str) -> Result<Self, UnknownMode> {
        match text {
            "replace" => Ok(Self::Replace),
            "upsert" => Ok(Self::Upsert),
            "append" => Ok(Self::Append),
            _ => Err(UnknownMode {
                text: text.to_owned(),
            }),
        }
    }
}

/// The text names no [`Mode`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no load mode: it is replace, upsert or append")]
pub struct UnknownMode {
    text: String,
}

impl Table {
    /// Schema and name, split at the first dot.
    pub(crate) fn schema_and_name(&self) -> (Option<&str>, &str) {
        match self.name.split_once('.') {
            Some((schema, name)) => (Some(schema), name),
            None => (None, &self.name),
        }
    }

    /// Where the column `name` stands.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// What identifies `row` to a person: `$id=12`, or its number where there is no key.
    pub(crate) fn row_name(&self, row: &[Option<&str>], number: u64) -> String {
        if self.key.is_empty() {
            return format!("number {number}");
        }
        let cell = |name: &String| {
            let cell = self
                .position(name)
                .and_then(|at| row.get(at).copied().flatten());
            format!("{name}={}", cell.unwrap_or("NULL"))
        };
        self.key.iter().map(cell).collect::<Vec<_>>().join(", ")
    }
}

/// What a database's identifiers allow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Identifiers {
    /// The most bytes of one.
    pub(crate) bytes_max: usize,
    /// Whether `a` and `A` are one name.
    pub(crate) ignore_case: bool,
    /// Whether a table's name may have a schema.
    pub(crate) schemas: bool,
}

impl LoadPlan {
    /// Refuses a plan that no database can carry out; every fault is named.
    pub(crate) fn check(&self, identifiers: Identifiers) -> Result<(), LoadError> {
        let mut faults = Vec::new();
        if self.tables.is_empty() {
            faults.push("it names no table".to_owned());
        }
        let names = self.tables.iter().map(|table| table.name.as_str());
        check_unique(names, identifiers, "table", &mut faults);
        for (index, table) in self.tables.iter().enumerate() {
            check_table(table, identifiers, &mut faults);
            self.check_links(index, table, &mut faults);
        }
        if faults.is_empty() {
            return Ok(());
        }
        Err(LoadError::Plan {
            load: self.source.clone(),
            faults,
        })
    }

    fn check_links(&self, index: usize, table: &Table, faults: &mut Vec<String>) {
        let upsert = self.mode == Mode::Upsert;
        let parent_key = self.tables.first().map_or(0, |parent| parent.key.len());
        if index == 0 {
            if upsert && table.key.is_empty() {
                faults.push(format!(
                    "table {} has no key, which upsert needs",
                    table.name
                ));
            }
        } else if (upsert || !table.parent.is_empty()) && table.parent.len() != parent_key {
            faults.push(format!(
                "table {} names {} columns for the {parent_key} of its parent's key",
                table.name,
                table.parent.len()
            ));
        }
    }
}

fn check_table(table: &Table, identifiers: Identifiers, faults: &mut Vec<String>) {
    let (schema, name) = table.schema_and_name();
    if schema.is_some() && !identifiers.schemas {
        faults.push(format!(
            "table {} has a schema, which SQLite has not: drop what is before the dot",
            table.name
        ));
    }
    let own = schema.into_iter().chain([name]);
    let columns = table.columns.iter().map(|column| column.name.as_str());
    for identifier in own.chain(columns.clone()) {
        check_identifier(&table.name, identifier, identifiers, faults);
    }
    if table.columns.is_empty() {
        faults.push(format!("table {} has no column", table.name));
    }
    check_unique(
        columns,
        identifiers,
        &format!("table {}: column", table.name),
        faults,
    );
    for name in table.key.iter().chain(&table.parent) {
        if table.position(name).is_none() {
            faults.push(format!(
                "table {}: the key {name} is none of its columns",
                table.name
            ));
        }
    }
}

fn check_identifier(
    table: &str,
    identifier: &str,
    identifiers: Identifiers,
    faults: &mut Vec<String>,
) {
    let (bytes, bound) = (identifier.len(), identifiers.bytes_max);
    if identifier.is_empty() || identifier.contains('\0') {
        faults.push(format!(
            "table {table}: `{}` is no name",
            identifier.escape_debug()
        ));
    } else if bytes > bound {
        faults.push(format!(
            "table {table}: the name {identifier} has {bytes} bytes, the database takes {bound}: map it to a shorter one"
        ));
    }
}

fn check_unique<'a>(
    names: impl Iterator<Item = &'a str>,
    identifiers: Identifiers,
    what: &str,
    faults: &mut Vec<String>,
) {
    let mut seen = BTreeSet::new();
    for name in names {
        let same = if identifiers.ignore_case {
            name.to_ascii_lowercase()
        } else {
            name.to_owned()
        };
        if !seen.insert(same) {
            let case = if identifiers.ignore_case {
                " (the database ignores case)"
            } else {
                ""
            };
            faults.push(format!("{what} {name} is named twice{case}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POSTGRES: Identifiers = Identifiers {
        bytes_max: 63,
        ignore_case: false,
        schemas: true,
    };
    const SQLITE: Identifiers = Identifiers {
        bytes_max: 1000,
        ignore_case: true,
        schemas: false,
    };

    fn table(name: &str, columns: &[&str], key: &[&str]) -> Table {
        let column = |name: &&str| Column {
            name: (*name).to_owned(),
            kind: Kind::Text,
        };
        Table {
            name: name.to_owned(),
            columns: columns.iter().map(column).collect(),
            key: key.iter().map(|name| (*name).to_owned()).collect(),
            parent: Vec::new(),
        }
    }

    fn plan(mode: Mode, tables: Vec<Table>) -> LoadPlan {
        let time_zone = "UTC".to_owned();
        LoadPlan {
            tables,
            mode,
            time_zone,
            create: true,
            source: "app 12".to_owned(),
        }
    }

    fn faults(plan: &LoadPlan, identifiers: Identifiers) -> Vec<String> {
        match plan.check(identifiers) {
            Err(LoadError::Plan { faults, .. }) => faults,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn names_every_fault_of_a_plan_at_once() {
        let long = "会".repeat(22);
        let parent = table("t", &["a", "a", long.as_str()], &["id"]);
        let child = table("t", &[], &[]);
        let found = faults(&plan(Mode::Upsert, vec![parent, child]), POSTGRES);
        assert_eq!(
            found,
            [
                "table t is named twice".to_owned(),
                format!(
                    "table t: the name {long} has 66 bytes, the database takes 63: map it to a shorter one"
                ),
                "table t: column a is named twice".to_owned(),
                "table t: the key id is none of its columns".to_owned(),
                "table t has no column".to_owned(),
                "table t names 0 columns for the 1 of its parent's key".to_owned(),
            ]
        );
    }

    #[test]
    fn sqlite_ignores_case_and_has_no_schemas() {
        let plan = plan(Mode::Replace, vec![table("s.t", &["a", "A"], &[])]);
        assert_eq!(
            faults(&plan, SQLITE),
            [
                "table s.t has a schema, which SQLite has not: drop what is before the dot",
                "table s.t: column A is named twice (the database ignores case)",
            ]
        );
        plan.check(POSTGRES).unwrap();
    }

    #[test]
    fn a_mode_is_one_of_three_words() {
        assert_eq!("upsert".parse(), Ok(Mode::Upsert));
        let words = "merge".parse::<Mode>().unwrap_err().to_string();
        assert_eq!(
            words,
            "`merge` is no load mode: it is replace, upsert or append"
        );
    }
}

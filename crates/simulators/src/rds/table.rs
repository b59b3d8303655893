//! A table with its columns and rows, and how an export lays it out.

use std::sync::Arc;

use serde_json::{Value, json};

/// What a column is in a Parquet file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exported {
    Int32,
    Int64,
    Double,
    Boolean,
    Text,
}

impl Exported {
    /// What `expectedExportedType` says.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Double => "double",
            Self::Boolean => "boolean",
            Self::Text => "binary (UTF8)",
        }
    }
}

/// A column of a table.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) original_type: String,
}

impl Column {
    /// Exact for numbers, booleans and text. Decimals and binary columns have types of their own in
    /// a true export; here they are text.
    pub(crate) fn exported(&self) -> Exported {
        match self.original_type.as_str() {
            "tinyint" | "smallint" | "mediumint" | "int" | "integer" | "year" => Exported::Int32,
            "bigint" | "int unsigned" => Exported::Int64,
            "float" | "double" | "real" | "double precision" => Exported::Double,
            "boolean" => Exported::Boolean,
            _ => Exported::Text,
        }
    }

    fn generated(&self, row: u64) -> Value {
        match self.exported() {
            Exported::Int32 | Exported::Int64 => json!(row),
            Exported::Double => json!(f64::from(u32::try_from(row).unwrap_or(u32::MAX)) / 2.0),
            Exported::Boolean => json!(row.is_multiple_of(2)),
            Exported::Text => json!(format!("{} {row}", self.name)),
        }
    }
}

#[derive(Clone, Debug)]
enum Rows {
    Given(Arc<Vec<Vec<Value>>>),
    Generated(u64),
}

/// How the files of a table are laid out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    /// How many folders `1`, `2` … the table has.
    pub(crate) batches: usize,
    /// How many ranges of rows a batch has.
    pub(crate) parts: usize,
    /// Whether every second part number is left out.
    pub(crate) gaps: bool,
    /// Whether files lie in the table's folder itself, as they did in older exports.
    pub(crate) flat: bool,
}

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    pub(crate) database: String,
    /// The schema; the database's own name where the engine has none.
    pub(crate) schema: String,
    pub(crate) own_name: String,
    two_parts: bool,
    pub(crate) columns: Vec<Column>,
    rows: Rows,
    pub(crate) layout: Layout,
}

impl Table {
    /// A table of `MySQL` or `MariaDB`, without columns and rows.
    pub fn mysql(database: &str, table: &str) -> Self {
        Self::new(database, database, table, true)
    }

    /// A table of PostgreSQL, without columns and rows.
    pub fn postgresql(database: &str, schema: &str, table: &str) -> Self {
        Self::new(database, schema, table, false)
    }

    fn new(database: &str, schema: &str, table: &str, two_parts: bool) -> Self {
        Self {
            database: database.to_owned(),
            schema: schema.to_owned(),
            own_name: table.to_owned(),
            two_parts,
            columns: Vec::new(),
            rows: Rows::Generated(0),
            layout: Layout {
                batches: 1,
                parts: 1,
                gaps: false,
                flat: false,
            },
        }
    }

    /// `database.table`, or `database.schema.table` where there are schemas.
    pub fn name(&self) -> String {
        if self.two_parts {
            format!("{}.{}", self.database, self.own_name)
        } else {
            format!("{}.{}.{}", self.database, self.schema, self.own_name)
        }
    }

    /// With one more column; `original_type` is the engine's, such as `bigint` or `varchar`.
    #[must_use]
    pub fn column(mut self, name: &str, original_type: &str) -> Self {
        self.columns.push(Column {
            name: name.to_owned(),
            original_type: original_type.to_owned(),
        });
        self
    }

    /// With these rows, a value for each column; `null` is NULL.
    #[must_use]
    pub fn rows(mut self, rows: Vec<Vec<Value>>) -> Self {
        self.rows = Rows::Given(Arc::new(rows));
        self
    }

    /// With so many rows that are made up from their number.
    #[must_use]
    pub fn generated(mut self, count: u64) -> Self {
        self.set_generated(count);
        self
    }

    /// Replaces the rows with so many that are made up from their number.
    pub fn set_generated(&mut self, count: u64) {
        self.rows = Rows::Generated(count);
    }

    /// Exported in so many batch folders; a table without a splittable key has several.
    #[must_use]
    pub fn batches(mut self, batches: usize) -> Self {
        self.layout.batches = batches.max(1);
        self
    }

    /// Exported in so many files in each batch folder.
    #[must_use]
    pub fn parts(mut self, parts: usize) -> Self {
        self.layout.parts = parts.max(1);
        self
    }

    /// Every second part number is left out, as when a range of keys has no rows.
    #[must_use]
    pub fn gaps(mut self) -> Self {
        self.layout.gaps = true;
        self
    }

    /// The files lie in the table's folder itself, without batch folders, as in older exports.
    #[must_use]
    pub fn flat(mut self) -> Self {
        self.layout.flat = true;
        self
    }

    /// How many folders its files lie in.
    pub(crate) fn folders(&self) -> usize {
        if self.layout.flat {
            1
        } else {
            self.layout.batches
        }
    }

    /// How many rows it has.
    pub fn row_count(&self) -> u64 {
        match &self.rows {
            Rows::Given(rows) => rows.len() as u64,
            Rows::Generated(count) => *count,
        }
    }

    pub(crate) fn value(&self, row: u64, column: usize) -> Value {
        match &self.rows {
            Rows::Given(rows) => usize::try_from(row)
                .ok()
                .and_then(|row| rows.get(row)?.get(column).cloned())
                .unwrap_or(Value::Null),
            Rows::Generated(_) => self
                .columns
                .get(column)
                .map_or(Value::Null, |column| column.generated(row)),
        }
    }

    /// Why an export leaves the table out by itself.
    ///
    /// **Source**: "Considerations for DB cluster snapshot exports", Aurora User Guide. The words
    /// of the reasons are made up.
    pub(crate) fn unexportable(&self) -> Option<&'static str> {
        if self.own_name.contains('/') {
            return Some("TABLE_NAME_NOT_SUPPORTED");
        }
        let odd = |column: &Column| {
            column
                .name
                .contains([',', ';', '{', '}', '(', ')', '\n', '\t', '=', ' '])
        };
        self.columns
            .iter()
            .any(odd)
            .then_some("COLUMN_NAME_NOT_SUPPORTED")
    }
}

//! Queries for the rows that would stop a statement; pure.

use migration_sql::{Added, Condition};
use postgres_client::{quote_identifier, quote_literal};

use super::relation::Shape;

/// How many rows are named.
pub(super) const SHOWN_MAX: usize = 5;

/// How many are counted; a table without one good row need not be read to its end.
pub(super) const COUNTED_MAX: usize = 1_000;

/// Rows of a table, with columns that they will have.
#[derive(Debug)]
pub(super) struct Source<'a> {
    pub(super) shape: &'a Shape,
    /// The table's bare name, by which expressions may call it.
    pub(super) alias: &'a str,
    /// Its columns by then.
    pub(super) columns: &'a [Column],
}

/// A column as a statement finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    /// Its name by then.
    pub(super) name: String,
    pub(super) value: Value,
}

/// Where its values come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// From the column that has this name now.
    Kept(String),
    /// It is still to come.
    New(Added),
}

/// A table that foreign keys point to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Partner {
    /// As the session would write it.
    pub(super) table: String,
    /// The columns pointed to, by the names that they have now.
    pub(super) columns: Vec<String>,
}

/// A test of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Test {
    /// Gives `(row, how many)` for the rows that are in the way.
    Rows(String),
    /// The same for groups of rows that are equal.
    Groups(String),
    /// Fails if a row is in the way.
    Values(String),
}

impl Source<'_> {
    /// The tests of `condition`, whose foreign keys point to `partner`.
    pub(super) fn tests(&self, condition: &Condition, partner: Option<&Partner>) -> Vec<Test> {
        match condition {
            Condition::NotNull { column } => vec![self.rows_with(&is_null(column))],
            Condition::Check { expression } => vec![self.rows_with(&format!("NOT ({expression})"))],
            Condition::Unique {
                keys,
                predicate,
                has_equal_nulls,
                is_primary,
            } => {
                let equal = self.equal_rows(keys, predicate.as_deref(), *has_equal_nulls);
                let null = keys.iter().map(|key| format!("{key} IS NULL"));
                let null = null.collect::<Vec<_>>().join(" OR ");
                let null = is_primary.then(|| self.rows_with(&null));
                std::iter::once(equal).chain(null).collect()
            }
            Condition::ForeignKey {
                columns,
                is_match_full,
                ..
            } => partner
                .map(|partner| self.rows_alone(columns, partner, *is_match_full))
                .into_iter()
                .collect(),
            Condition::TypeChange {
                column,
                data_type,
                using,
            } => vec![self.values(column, data_type, using.as_deref())],
            Condition::Validate { .. } | Condition::Untested { .. } => Vec::new(),
        }
    }

    /// The rows, under the table's own name.
    fn sql(&self) -> String {
        let alias = quote_identifier(self.alias);
        let (mut kept, mut new) = (Vec::new(), Vec::new());
        for column in self.columns {
            let name = quote_identifier(&column.name);
            match &column.value {
                Value::Kept(now) => kept.push(format!("t.{} AS {name}, ", quote_identifier(now))),
                Value::New(added) => new.push(format!(", {} AS {name}", value(added))),
            }
        }
        let (kept, new) = (kept.concat(), new.concat());
        format!(
            "(SELECT {alias}.*{new} FROM (SELECT {kept}{} AS \"tasuki row\" FROM {} AS t) AS {alias}) AS {alias}",
            self.row(),
            self.shape.table,
        )
    }

    /// A row's name: its primary key as it is now, or its place.
    fn row(&self) -> String {
        let key = &self.shape.key;
        if key.is_empty() {
            return "'ctid=' || t.ctid::text".to_owned();
        }
        let parts: Vec<_> = key
            .iter()
            .map(|column| {
                let name = quote_literal(&format!("{column}="));
                format!("{name} || t.{}::text", quote_identifier(column))
            })
            .collect();
        parts.join(" || ', ' || ")
    }

    fn rows_with(&self, fault: &str) -> Test {
        Test::Rows(format!(
            "SELECT \"tasuki row\" AS row, count(*) OVER () FROM (SELECT * FROM {} WHERE {fault} LIMIT {COUNTED_MAX}) AS {} \
             LIMIT {SHOWN_MAX}",
            self.sql(),
            quote_identifier(self.alias)
        ))
    }

    fn equal_rows(&self, keys: &[String], predicate: Option<&str>, has_equal_nulls: bool) -> Test {
        let names: Vec<_> = (1..=keys.len())
            .map(|number| format!("k{number}"))
            .collect();
        let keys: Vec<_> = keys
            .iter()
            .zip(&names)
            .map(|(key, name)| format!(", ({key}) AS {name}"))
            .collect();
        let known: Vec<_> = names
            .iter()
            .map(|name| format!("{name} IS NOT NULL"))
            .collect();
        let known = if has_equal_nulls {
            "true".to_owned()
        } else {
            known.join(" AND ")
        };
        Test::Groups(format!(
            "SELECT row, count(*) OVER () FROM (SELECT min(row) || ' and ' || max(row) || \
             CASE WHEN count(*) > 2 THEN ' and ' || count(*) - 2 || ' more' ELSE '' END AS row \
             FROM (SELECT \"tasuki row\" AS row{} FROM {} WHERE {}) AS s WHERE {known} GROUP BY {} HAVING count(*) > 1 \
             LIMIT {COUNTED_MAX}) AS g LIMIT {SHOWN_MAX}",
            keys.concat(),
            self.sql(),
            predicate.map_or_else(|| "true".to_owned(), |predicate| format!("({predicate})")),
            names.join(", ")
        ))
    }

    /// Rows that point to nobody. Part of a key may be NULL, unless it is `MATCH FULL`.
    fn rows_alone(&self, columns: &[String], partner: &Partner, is_match_full: bool) -> Test {
        let alias = quote_identifier(self.alias);
        let joined: Vec<_> = columns
            .iter()
            .zip(&partner.columns)
            .map(|(column, other)| {
                format!(
                    "partner.{} = {alias}.{}",
                    quote_identifier(other),
                    quote_identifier(column)
                )
            })
            .collect();
        let known: Vec<_> = columns.iter().map(|column| is_known(column)).collect();
        let alone = format!(
            "{} AND NOT EXISTS (SELECT FROM {} AS partner WHERE {})",
            known.join(" AND "),
            partner.table,
            joined.join(" AND ")
        );
        if !is_match_full {
            return self.rows_with(&alone);
        }
        let unknown: Vec<_> = columns.iter().map(|column| is_null(column)).collect();
        let mixed = format!("({}) AND ({})", known.join(" OR "), unknown.join(" OR "));
        self.rows_with(&format!("({alone}) OR ({mixed})"))
    }

    /// A change of type is an assignment: a text that is too long is an error there, where a cast would cut it.
    fn values(&self, column: &str, data_type: &str, using: Option<&str>) -> Test {
        let column = quote_identifier(column);
        if let (None, Some(length)) = (using, characters_max(data_type)) {
            return self.rows_with(&format!(
                "char_length(rtrim({column}::text, ' ')) > {length}"
            ));
        }
        let value = using.map_or(column, |using| format!("({using})"));
        Test::Values(format!(
            "SELECT count(CAST({value} AS {data_type})) FROM {}",
            self.sql()
        ))
    }
}

fn is_null(column: &str) -> String {
    format!("{} IS NULL", quote_identifier(column))
}

fn is_known(column: &str) -> String {
    format!("{} IS NOT NULL", quote_identifier(column))
}

/// What a column holds that the rows do not have yet.
fn value(added: &Added) -> String {
    let value = added.value.as_deref().unwrap_or("NULL");
    format!("CAST(({value}) AS {})", added.data_type)
}

/// The length of `varchar(n)` and its like.
fn characters_max(data_type: &str) -> Option<u32> {
    let data_type = data_type.to_ascii_lowercase();
    let (name, length) = data_type.trim_end().strip_suffix(')')?.split_once('(')?;
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_text = matches!(
        name.as_str(),
        "varchar" | "character varying" | "char" | "character" | "bpchar"
    );
    is_text.then(|| length.trim().parse().ok())?
}

//! The tables that get a transfer config.

mod list;

use std::collections::BTreeSet;

use function_core::Pattern;
use serde::{Deserialize, Serialize};

use crate::place::Engine;

pub(crate) use list::{Listed, parse};

/// A table of an export.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct WantedTable {
    /// `database.table`, for PostgreSQL `database.schema.table`.
    pub(crate) key: String,
    pub(crate) engine: Engine,
    pub(crate) database: String,
    /// The schema; for `MySQL` the database again.
    pub(crate) schema: String,
    pub(crate) table: String,
}

impl WantedTable {
    /// A table of a database with `engine`; `MySQL` has no `schema` of its own.
    pub(crate) fn new(engine: Engine, database: &str, schema: &str, table: &str) -> Self {
        let (key, schema) = match engine {
            Engine::Mysql => (format!("{database}.{table}"), database),
            Engine::Postgresql => (format!("{database}.{schema}.{table}"), schema),
        };
        Self {
            key,
            engine,
            database: database.to_owned(),
            schema: schema.to_owned(),
            table: table.to_owned(),
        }
    }
}

/// What the settings choose from an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The tables that get a config, in the order of their keys.
    pub(crate) tables: Vec<WantedTable>,
    /// The keys of listed tables that the export does not have; their configs stay as they are.
    pub(crate) missing: Vec<String>,
    /// The databases whose other configs are unwanted; `None` for all. Another database may be of another export.
    pub(crate) databases: Option<BTreeSet<String>>,
}

/// What is chosen from, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice<'a> {
    /// The tables of the export; none where no export is known yet.
    pub(crate) exported: Option<&'a [WantedTable]>,
    /// The databases that the export's source has or had, as far as tables of them were wanted.
    pub(crate) had: &'a BTreeSet<String>,
    /// The databases of other sources.
    pub(crate) others: &'a BTreeSet<String>,
    /// The list of `TARGET_TABLES`.
    pub(crate) listed: Option<&'a [Listed]>,
    /// `DATABASE`.
    pub(crate) database: Option<&'a str>,
    pub(crate) engine: Engine,
    pub(crate) include: &'a [Pattern],
    pub(crate) exclude: &'a [Pattern],
}

impl Choice<'_> {
    /// The tables that get a config.
    ///
    /// # Errors
    /// A listed name lacks its database, in the words of the fault.
    pub(crate) fn choose(&self) -> Result<Wanted, String> {
        let named = self.named()?;
        let databases = self.databases();
        let exported: Option<BTreeSet<&str>> = self
            .exported
            .map(|tables| tables.iter().map(|table| table.key.as_str()).collect());
        let is_exported = |key: &str| exported.as_ref().is_none_or(|keys| keys.contains(key));
        // A listed table that is not exported may be another source's.
        let is_of_source = |table: &WantedTable| {
            let databases = databases.as_ref();
            is_exported(&table.key) || databases.is_none_or(|all| all.contains(&table.database))
        };
        let is_chosen = |table: &WantedTable| {
            let any = |patterns: &[Pattern]| patterns.iter().any(|one| one.matches(&table.key));
            (self.include.is_empty() || any(self.include)) && !any(self.exclude)
        };
        let mut chosen: Vec<_> = named
            .into_iter()
            .filter(is_of_source)
            .filter(is_chosen)
            .collect();
        chosen.sort_unstable();
        chosen.dedup();
        let (tables, missing): (Vec<_>, Vec<_>) = chosen
            .into_iter()
            .partition(|table| is_exported(&table.key));
        Ok(Wanted {
            tables,
            missing: missing.into_iter().map(|table| table.key).collect(),
            // A message without tables tells nothing of what is not wanted.
            databases: match self.exported {
                Some([]) => Some(BTreeSet::new()),
                _ => databases,
            },
        })
    }

    /// The databases that are the export's source's alone; `None` for all, where no export is known.
    fn databases(&self) -> Option<BTreeSet<String>> {
        let mut databases = self.exported_databases()?;
        databases.extend(self.had.iter().cloned());
        databases.retain(|database| !self.others.contains(database));
        Some(databases)
    }

    fn exported_databases(&self) -> Option<BTreeSet<String>> {
        let tables = self.exported?.iter();
        Some(tables.map(|table| table.database.clone()).collect())
    }

    /// The tables of the list, else of the export.
    fn named(&self) -> Result<Vec<WantedTable>, String> {
        let Some(listed) = self.listed else {
            return Ok(self.exported.unwrap_or_default().to_vec());
        };
        let databases = self.exported_databases().unwrap_or_default();
        let only = databases.first().filter(|_| databases.len() == 1);
        let database = self.database.or(only.map(String::as_str));
        listed
            .iter()
            .map(|entry| entry.table(self.engine, database))
            .collect()
    }
}

#[cfg(test)]
mod tests;

//! The tables that get a transfer config.

mod list;
mod pattern;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::place::Engine;

pub(crate) use list::{Listed, parse};
pub(crate) use pattern::Pattern;

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
    /// Tables of the list that the export does not have.
    pub(crate) missing: Vec<String>,
    /// The databases whose configs are looked at; `None` for all. Another database may be of another export.
    pub(crate) databases: Option<BTreeSet<String>>,
}

/// What is chosen from, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice<'a> {
    /// The tables of the export; none where no export is known yet.
    pub(crate) exported: Option<&'a [WantedTable]>,
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
        let databases = self.exported.map(|tables| {
            let databases = tables.iter().map(|table| table.database.clone());
            databases.collect::<BTreeSet<_>>()
        });
        let named = self.named(databases.as_ref())?;
        let is_of_export = |table: &WantedTable| {
            databases
                .as_ref()
                .is_none_or(|all| all.contains(&table.database))
        };
        let is_chosen = |table: &WantedTable| {
            let any = |patterns: &[Pattern]| patterns.iter().any(|one| one.matches(&table.key));
            (self.include.is_empty() || any(self.include)) && !any(self.exclude)
        };
        let mut tables: Vec<_> = named
            .into_iter()
            .filter(is_of_export)
            .filter(is_chosen)
            .collect();
        tables.sort_unstable();
        tables.dedup();
        let exported: BTreeSet<&str> = self
            .exported
            .into_iter()
            .flatten()
            .map(|table| table.key.as_str())
            .collect();
        let missing = tables
            .iter()
            .filter(|table| self.exported.is_some() && !exported.contains(table.key.as_str()));
        Ok(Wanted {
            missing: missing.map(|table| table.key.clone()).collect(),
            databases,
            tables,
        })
    }

    /// The tables of the list, else of the export.
    fn named(&self, databases: Option<&BTreeSet<String>>) -> Result<Vec<WantedTable>, String> {
        let Some(listed) = self.listed else {
            return Ok(self.exported.unwrap_or_default().to_vec());
        };
        let only = databases.filter(|all| all.len() == 1);
        let only = only.and_then(|all| all.first()).map(String::as_str);
        let database = self.database.or(only);
        listed
            .iter()
            .map(|entry| entry.table(self.engine, database))
            .collect()
    }
}

#[cfg(test)]
mod tests;
